//! `$msilo(id)` and `$msilo(count)` behind `m_store()`: which row was written, and how full that inbox is.

use std::cell::RefCell;

use crate::host::clock::ServerClock;
use crate::host::script::route;
use crate::host::script::variables::{self, Value, Variable};
use crate::host::sip::msg::Request;
use crate::lm_err;
use crate::module::with_table;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{NewMessage, RowId};
use crate::silo::table::store::{Store, StoreError, Watch};
use crate::silo::time::Clock;

/// The last message of this process that was stored.
struct Last {
    /// The number of the request that brought it.
    request: u32,
    owner: Aor,
    row: Row,
}

/// What is known of its row.
#[derive(Clone)]
enum Row {
    Id(RowId),
    /// It is the last one that this process has written.
    Last(Box<NewMessage>),
    Unknown,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Notes which row was just written for a request, if anybody can ask: the script has one of the variables, or is one whose
/// variables are only known when they are asked for.
pub fn note_written(request: &Request<'_>, message: &NewMessage) {
    if !is_wanted() {
        return;
    }
    let row = match variables::is_used(Variable::Id) {
        true => row_of(message).map_or(Row::Unknown, Row::Id),
        // Its texts are not needed to find it again.
        false => {
            let (owner, from, to) = (message.owner.clone(), Vec::new(), Vec::new());
            let (content_type, body, headers, call_id) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            Row::Last(Box::new(NewMessage { owner, from, to, content_type, body, headers, call_id, ..*message }))
        }
    };
    note(request, &message.owner, row);
}

/// Notes in which inbox the message of a request is, where no row was written for it; which one it has may be known.
pub fn note_there(request: &Request<'_>, owner: &Aor, id: Option<RowId>) {
    if is_wanted() {
        note(request, owner, id.map_or(Row::Unknown, Row::Id));
    }
}

fn is_wanted() -> bool {
    variables::is_used(Variable::Id) || variables::is_used(Variable::Count) || route::is_kemi()
}

fn note(request: &Request<'_>, owner: &Aor, row: Row) {
    LAST.set(Some(Last { request: request.id(), owner: owner.clone(), row }));
}

fn row_of(message: &NewMessage) -> Option<RowId> {
    let found = with_table(|table| {
        let id = table.row_of(message)?;
        // What another module has written meanwhile is no message of this inbox.
        let is_it = id.map_or(Ok(false), |id| table.holds(id, &message.owner, message.stored_at))?;
        Ok::<_, StoreError>(id.filter(|_| is_it))
    });
    found?.unwrap_or_else(|error| {
        lm_err!("$msilo(id) is null: {error}");
        None
    })
}

/// What the variable is in the route that processes this request; `None` is null.
pub fn value(request: u32, variable: Variable) -> Option<Value> {
    let (owner, row) = LAST.with_borrow(|last| {
        let last = last.as_ref().filter(|last| last.request == request)?;
        Some((last.owner.clone(), last.row.clone()))
    })?;
    match (variable, row) {
        (Variable::Id, Row::Id(id)) => Some(Value::Number(id)),
        (Variable::Id, Row::Last(message)) => row_of(&message).map(Value::Number),
        (Variable::Count, _) => match with_table(|table| table.count(&owner, ServerClock.now()))? {
            Ok(count) => i64::try_from(count).ok().map(Value::Number),
            Err(error) => {
                lm_err!("$msilo(count) is null: {error}");
                None
            }
        },
        _ => None,
    }
}
