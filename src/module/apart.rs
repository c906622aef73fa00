//! The process that sends what may take long, "MSILO slow hosts" in `kamcmd core.psx`.
//!
//! Where the senders of messages choose the host they go to, tm may have to look a name up in DNS that nobody answers for,
//! and does so in the process that sends. So that no other message waits for that, the delivery process hands such a one to
//! this process. It owns nothing: when it is ended in the middle, the message is still in the silo. The final answer goes to
//! the delivery process, like all others.

use std::time::Duration;

use super::delivery::post;
use super::notify;
use super::{module, Module};
use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::process::{self, Side};
use crate::host::shared::queue::EventQueue;
use crate::host::sip::tm::{Answer, Callback};
use crate::lm_err;
use crate::silo::delivery::event::Event;
use crate::silo::delivery::server::SendError;
use crate::silo::time::Clock;

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
    loop {
        process::follow_settings();
        for event in queue.take_all() {
            if let Event::Receipt(message) = event {
                guard("notification", (), || notify::send(module, &message));
            } else if let Event::Send(ticket, message) = event {
                let begin = ServerClock.monotonic();
                let failed = || Err(SendError::new("an internal error"));
                let sent = guard("sending to a slow host", failed(), || {
                    let tag = message.origin.as_ref().map(|origin| module.returned.take_off(ticket, origin));
                    let answer = Answer { callback: on_answer, ticket, tag: tag.as_deref() };
                    module.tm.send(&message, None, Some(answer))
                });
                let took = ServerClock.monotonic().saturating_sub(begin);
                post(ticket, &Event::Tried(ticket, took, sent));
            }
        }
        process::wait(queue.bell(), SETTINGS);
    }
}
