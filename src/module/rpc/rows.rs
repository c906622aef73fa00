//! What is in the table: `msilo.summary`, `count`, `list` and `show`.

use super::{ask_table, owner};
use crate::host::clock::ServerClock;
use crate::host::rpc::Call;
use crate::module::module;
use crate::silo::message::model::Head;
use crate::silo::operator::fault::Fault;
use crate::silo::operator::{arguments, report};
use crate::silo::table::overview::heads::Which;
use crate::silo::table::store::Store;
use crate::silo::time::Clock;

/// Tells which rows are in flight now, from this server.
fn in_flight() -> impl Fn(&Head) -> bool {
    let rows = module().map(|module| (module, module.returned.rows_in_flight()));
    move |head| rows.as_ref().is_some_and(|(module, rows)| rows.contains(&module.returned.row(head.id, head.stored_at)))
}

/// `msilo.summary`
pub fn summary(call: &Call<'_>) -> Result<(), Fault> {
    let now = ServerClock.now();
    let summary = ask_table(|table| table.summary(now))?;
    let shared = module().is_some_and(|module| module.config.shared.is_some());
    Ok(call.add(&report::summary(&summary, now, shared))?)
}

/// `msilo.count owner`
pub fn count(call: &Call<'_>) -> Result<(), Fault> {
    let owner = owner(call)?;
    let tally = ask_table(|table| table.tally(&owner, ServerClock.now()))?;
    Ok(call.add(&report::tally(&owner, &tally))?)
}

/// `msilo.list owner [limit] [after_id]`
pub fn list(call: &Call<'_>) -> Result<(), Fault> {
    let owner = owner(call)?;
    let limit = arguments::limit(call.argument().as_deref())?;
    let after = arguments::after(call.argument().as_deref())?;
    let heads = ask_table(|table| table.heads_after(Which::Of(&owner), after, limit))?;
    let now = ServerClock.now();
    let in_flight = in_flight();
    for head in &heads.rows {
        call.add(&report::row(head, report::state(head, in_flight(head), now), now))?;
    }
    Ok(())
}

/// `msilo.show id ["body"]`
pub fn show(call: &Call<'_>) -> Result<(), Fault> {
    let id = arguments::id(call.argument().as_deref())?;
    let with_body = match call.argument().as_deref() {
        None => false,
        Some(b"body") => true,
        Some(_) => return Err(Fault::bad_argument("behind the id only the word body may stand")),
    };
    let found = ask_table(|table| {
        let head = table.heads(&[id])?.into_iter().next();
        Ok(head.zip(table.whole(id)?))
    })?;
    let (head, message) = found.ok_or_else(|| Fault::not_there(format_args!("there is no message {id}")))?;
    let now = ServerClock.now();
    let state = report::state(&head, in_flight()(&head), now);
    Ok(call.add(&report::whole(&head, state, &message, with_body, now))?)
}
