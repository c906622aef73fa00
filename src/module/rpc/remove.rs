//! Rows are removed: `msilo.rm` and `msilo.purge`.
//!
//! It is done by the delivery process that owns the inbox: only that knows what is in flight, and only that can forget what
//! it has read already. So what is removed is not sent afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use super::question::ask;
use super::{ask_table, parse_owner};
use crate::host::clock::ServerClock;
use crate::host::rpc::Call;
use crate::module::{module, Module};
use crate::silo::delivery::control::question::{Answer, Question, Removed, GROUP};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, RowId};
use crate::silo::operator::arguments;
use crate::silo::operator::fault::Fault;
use crate::silo::operator::report::Fields;
use crate::silo::table::overview::heads::Which;
use crate::silo::table::store::Store;
use crate::silo::time::{Clock, UnixTime};

/// How long a command waits until the delivery process takes it up: that may be busy with one statement.
const PATIENCE: Duration = Duration::from_secs(3);

/// `msilo.rm id`
pub fn rm(call: &Call<'_>) -> Result<(), Fault> {
    let module = module().ok_or_else(no_module)?;
    let id = arguments::id(call.argument().as_deref())?;
    let gone = || Fault::not_there(format_args!("there is no message {id}"));
    let head = ask_table(|table| table.heads(&[id]))?.into_iter().next().ok_or_else(gone)?;
    match remove(module, std::slice::from_ref(&head))? {
        Removed { removed: 1.., .. } => {
            let mut fields = Fields::default();
            fields.number("removed", 1);
            Ok(call.add(&fields)?)
        }
        Removed { in_the_way: 1.., .. } => {
            Err(Fault::in_the_way(format_args!("message {id} is in flight or claimed, and stays; try again later")))
        }
        Removed { .. } => Err(gone()),
    }
}

/// `msilo.purge owner|"expired"|"older" [days] [limit]`
pub fn purge(call: &Call<'_>) -> Result<(), Fault> {
    let module = module().ok_or_else(no_module)?;
    let (what, now) = (call.argument(), ServerClock.now());
    let owner;
    let which = match what.as_deref() {
        Some(b"expired") => Which::Expired(now),
        Some(b"older") => Which::StoredBy(arguments::days_ago(call.argument().as_deref(), now)?),
        what => {
            owner = parse_owner(what)?;
            Which::Of(&owner)
        }
    };
    let limit = arguments::limit(call.argument().as_deref())?;
    let heads = ask_table(|table| table.heads_after(which, -1, limit))?;
    let done = remove(module, &heads.rows)?;
    let mut fields = Fields::default();
    fields
        .count("removed", done.removed as u64)
        .count("in_flight", done.in_the_way as u64)
        .number("more", i64::from(!heads.complete));
    Ok(call.add(&fields)?)
}

fn no_module() -> Fault {
    Fault::internal("mod_init has not run")
}

/// Has the delivery processes remove these rows, each those of its own inboxes, a group at a time.
fn remove(module: &Module, heads: &[Head]) -> Result<Removed, Fault> {
    let mut of_process = BTreeMap::<usize, Vec<(RowId, UnixTime)>>::new();
    for head in heads {
        // A row without an owner is in no inbox, so it does not matter who removes it.
        let process = Aor::new(&head.user, &head.host).map_or(0, |owner| owner.shard(module.queues.len()));
        of_process.entry(process).or_default().push((head.id, head.stored_at));
    }
    let mut done = Removed::default();
    for (process, rows) in of_process {
        for group in rows.chunks(GROUP) {
            match ask(module, process, Question::Remove(group.to_vec()), PATIENCE)
                .map_err(|fault| after(fault, done))?
            {
                Some(Answer::Removed(removed)) => {
                    done.removed += removed.removed;
                    done.in_the_way += removed.in_the_way;
                }
                Some(_) => {
                    return Err(after(Fault::internal("the database does not remove it, see the log"), done));
                }
                None => {
                    let reason = "the delivery process does not answer, it may hang in its database: not removed";
                    return Err(after(Fault::internal(reason), done));
                }
            }
        }
    }
    Ok(done)
}

/// A fault that says what was done before it.
fn after(mut fault: Fault, done: Removed) -> Fault {
    if done.removed > 0 {
        fault.text = format!("{}; {} messages were removed before", fault.text, done.removed);
    }
    fault
}
