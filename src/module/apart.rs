//! The process that sends what may take long, "MSILO slow hosts" in `kamcmd core.psx`.
//!
//! Where the senders of messages choose the host they go to, tm may have to look a name up in DNS that nobody answers for,
//! and does so in the process that sends. So that no other message waits for that, the delivery process hands such a one to
//! this process. It owns nothing: when it is ended in the middle, the message is still in the silo. The final answer goes to
//! the delivery process, like all others. Notifications that may take long are sent here, too, when no message waits.

use std::time::Duration;

use super::delivery::post;
use super::notify;
use super::{module, Module};
use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::process::{self, Side};
use crate::host::shared::queue::EventQueue;
use crate::host::sip::tm::{Answer, Callback};
use crate::log::Throttle;
use crate::silo::delivery::event::Event;
use crate::silo::delivery::pacing::backlog::{Backlog, MOST};
use crate::silo::delivery::server::{SendError, Ticket};
use crate::silo::message::model::Outgoing;
use crate::silo::text::Shown;
use crate::silo::time::Clock;
use crate::{lm_err, lm_warn};

/// The server's runtime settings are looked at this often.
const SETTINGS: Duration = Duration::from_secs(1);

/// Forks the process, if there is need for it, whose requests tm answers through `on_answer`. In the main process.
///
/// # Errors
/// When the server has no room for it.
pub fn fork(on_answer: Callback) -> Result<(), &'static str> {
    let module = module().ok_or("mod_init has not run")?;
    let Some(queue) = &module.apart else { return Ok(()) };
    let parent = std::process::id();
    match process::fork(c"MSILO slow hosts")? {
        Side::Parent => {}
        Side::Child => {
            process::end_with(parent);
            let ended = guard("process for slow hosts", Err("an internal error"), || run(module, queue, on_answer));
            if let Err(error) = ended {
                lm_err!("the process for slow hosts cannot work: {error}");
            }
            process::exit(1);
        }
    }
    Ok(())
}

/// Works until the server's own handler of SIGTERM ends the process.
fn run(module: &Module, queue: &EventQueue, on_answer: Callback) -> Result<(), &'static str> {
    process::join()?;
    queue.start_reading().map_err(|_| "it cannot lock a file of its own")?;
    let (mut backlog, mut throttle) = (Backlog::default(), Throttle::new());
    loop {
        process::follow_settings();
        // What came while one was being sent may be a message, which does not wait for the others.
        for event in queue.take_all() {
            if let Some(left_out) = backlog.push(event) {
                complain(&mut throttle, &left_out);
            }
        }
        match backlog.next(ServerClock.monotonic()) {
            None => process::wait(queue.bell(), SETTINGS),
            Some(Event::Receipt(message)) => guard("notification", (), || notify::send(module, &message)),
            Some(Event::Send(ticket, _, message)) => post(ticket, &send(module, ticket, &message, on_answer)),
            Some(event @ Event::Tried(ticket, ..)) => post(ticket, &event),
            Some(_) => {}
        }
    }
}

/// Sends a message. Gives what the delivery process is told of it.
fn send(module: &Module, ticket: Ticket, message: &Outgoing, on_answer: Callback) -> Event {
    let begin = ServerClock.monotonic();
    let failed = || Err(SendError::new("an internal error"));
    let sent = guard("sending to a slow host", failed(), || {
        let tag = message.origin.as_ref().map(|origin| module.returned.take_off(ticket, origin));
        let answer = Answer { callback: on_answer, ticket, tag: tag.as_deref() };
        module.tm.send(message, None, Some(answer))
    });
    Event::Tried(ticket, ServerClock.monotonic().saturating_sub(begin), sent)
}

/// Says that a notification is not sent, for which there is no time.
fn complain(throttle: &mut Throttle, receipt: &Outgoing) {
    if let Some(end) = throttle.pass(ServerClock.monotonic()) {
        let to = Shown(&receipt.to);
        lm_warn!("no notification to {to}: {MOST} others wait, because hosts do not answer{end}");
    }
}
