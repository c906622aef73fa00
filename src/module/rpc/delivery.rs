//! What the delivery does: `msilo.dump`, `processes`, `inbox`, `pause` and `resume`.
//!
//! But for the first they need no database. What they tell lies in shared memory, so they answer while the delivery process
//! hangs in its own.

use std::time::Duration;

use super::question::ask;
use super::{ask_table, owner};
use crate::host::clock::ServerClock;
use crate::host::rpc::Call;
use crate::host::sip::faked;
use crate::lm_warn;
use crate::module::{module, Module};
use crate::silo::delivery::contacts::receivers::Receivers;
use crate::silo::delivery::control::question::{Answer, Doing, Question};
use crate::silo::delivery::event::Event;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::message::headers::tidy;
use crate::silo::operator::arguments;
use crate::silo::operator::fault::Fault;
use crate::silo::operator::report::Fields;
use crate::silo::time::Clock;

/// How long `msilo.inbox` waits for what only the process itself knows.
const PATIENCE: Duration = Duration::from_millis(500);

fn the_module() -> Result<&'static Module, Fault> {
    module().ok_or_else(|| Fault::internal("mod_init has not run"))
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// `msilo.dump owner [max]`
pub fn dump(call: &Call<'_>) -> Result<(), Fault> {
    let module = the_module()?;
    let owner = owner(call)?;
    let most = arguments::most(call.argument().as_deref())?;
    let tally = ask_table(|table| table.tally(&owner, ServerClock.now()))?;
    let extra_headers = match &module.extra_headers {
        Some(format) => faked::with_request(|request| format.print(request)).flatten(),
        None => Some(Vec::new()),
    };
    let extra_headers = extra_headers.ok_or_else(|| Fault::internal("extra_hdrs has no value without a request"))?;
    let process = owner.shard(module.queues.len());
    let queue = module.queues.get(process).filter(|queue| !queue.is_orphaned());
    let queue = queue.ok_or_else(|| Fault::internal("the process \"MSILO delivery\" has ended; restart the server"))?;
    let text = owner.to_string();
    let request = DumpRequest { extra_headers: tidy(&extra_headers), most, receivers: Receivers::All };
    queue.post(&Event::Dump(owner, request)).map_err(Fault::internal)?;
    let queued = tally.messages.saturating_sub(tally.reminders);
    let mut fields = Fields::default();
    fields
        .text("owner", text.as_bytes())
        .count("queued", most.map_or(queued, |most| queued.min(most)))
        .number("paused", i64::from(module.watch.paused_since().is_some()));
    Ok(call.add(&fields)?)
}

/// `msilo.processes`
pub fn processes(call: &Call<'_>) -> Result<(), Fault> {
    let module = the_module()?;
    let (now, paused) = (ServerClock.monotonic(), module.watch.paused_since());
    for (index, (board, queue)) in module.watch.boards().zip(&module.queues).enumerate() {
        let load = board.load();
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut fields = Fields::default();
        fields
            .number("index", count(index))
            .number("pid", board.pid().into())
            .number("alive", i64::from(board.pid() != 0 && !queue.is_orphaned()))
            .number("silent_for", seconds(board.silent_for(now)))
            .number("inboxes", count(load.inboxes))
            .number("in_flight", count(load.in_flight))
            .number("waiting", count(load.waiting))
            .number("undeleted", count(load.undeleted))
            .number("oldest_wait", load.oldest.map_or(0, |oldest| seconds(now.saturating_sub(oldest))))
            .number("paused", i64::from(paused.is_some()))
            .number_if("paused_since", paused);
        if let Some((time, text)) = board.last_error() {
            fields.number("last_error_time", time).text("last_error", text.as_bytes());
        }
        call.add(&fields)?;
    }
    Ok(())
}

/// `msilo.inbox owner`
pub fn inbox(call: &Call<'_>) -> Result<(), Fault> {
    let module = the_module()?;
    let owner = owner(call)?;
    let process = owner.shard(module.queues.len());
    let board = module.watch.board(process);
    let standing = match ask(module, process, Question::Inspect(owner.clone()), PATIENCE) {
        Ok(Some(Answer::Standing(standing))) => Some(standing),
        _ => None,
    };
    let flights = module.returned.flights_of(&owner);
    let now = ServerClock.now();
    let doing = match standing.map(|standing| standing.doing) {
        None => "unknown",
        Some(Doing::Nothing) => "nothing",
        Some(Doing::Waiting) => "waiting",
        Some(Doing::Sending) => "sending",
    };
    let mut fields = Fields::default();
    fields
        .text("owner", owner.to_string().as_bytes())
        .number("process", i64::try_from(process).unwrap_or(i64::MAX))
        .number("pid", board.pid().into())
        .number("answers", i64::from(standing.is_some()))
        .number("silent_for", seconds(board.silent_for(ServerClock.monotonic())))
        .text("state", doing.as_bytes())
        .count("in_flight", flights.count)
        .number_if("in_flight_since", flights.oldest_age.map(|age| now.saturating_sub(age)))
        .number_if("waiting", standing.and_then(|standing| i64::try_from(standing.waiting).ok()))
        .number_if("next_look", standing.and_then(|standing| standing.next_look).map(seconds))
        .number("paused", i64::from(module.watch.paused_since().is_some()));
    Ok(call.add(&fields)?)
}

/// `msilo.pause`
pub fn pause(call: &Call<'_>) -> Result<(), Fault> {
    let module = the_module()?;
    if module.watch.paused_since().is_none() {
        lm_warn!("the delivery is paused (msilo.pause): messages are stored, and wait until msilo.resume");
    }
    let since = module.watch.pause();
    let mut fields = Fields::default();
    fields.number("paused", 1).number("since", since);
    Ok(call.add(&fields)?)
}

/// `msilo.resume`
pub fn resume(call: &Call<'_>) -> Result<(), Fault> {
    let module = the_module()?;
    if module.watch.resume() {
        lm_warn!("the delivery goes on (msilo.resume)");
    }
    module.queues.iter().for_each(crate::host::shared::queue::EventQueue::ring);
    let mut fields = Fields::default();
    fields.number("paused", 0);
    Ok(call.add(&fields)?)
}
