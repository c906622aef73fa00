//! `m_store_async()`: a message goes into the silo while its transaction waits, and no SIP worker does.
//!
//! The worker decides all that `m_store()` decides before the row is written ([`super::store::look_at`]) and posts a letter
//! to a storing process ([`writer`], "MSILO storing" in `kamcmd core.psx`). That writes what has come in one statement.
//! What became of each letter comes to a process of its own ([`answers`], "MSILO answers"), which runs the route that
//! the script has named. It also gives letters up in time when the storing process hangs in its database.

mod answers;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::news::receipts;
use super::not_stored::NotStored;
use super::store::{look_at, submit, Addresses, Incoming};
use super::{module, notify, write, Module};
use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::process::{self, Side};
use crate::host::shared::letters::{Letter, Letters};
use crate::host::sip::msg::Request;
use crate::host::sip::suspend::Route;
use crate::host::stats;
use crate::lm_err;
use crate::silo::delivery::event::Event;
use crate::silo::delivery::server::Counter;
use crate::silo::intake::job::Job;
use crate::silo::intake::retransmissions::Claim;
use crate::silo::message::codec::{push_text, take_text};
use crate::silo::message::model::Outgoing;
use crate::silo::time::Clock;

/// The script calls `m_store_async()`.
static IS_USED: AtomicBool = AtomicBool::new(false);
static STORING: OnceCell<Storing> = OnceCell::new();

/// Behind `store_timeout` a message that is being written has so long to get there.
const GRACE: Duration = Duration::from_millis(500);
/// A transaction that tm is about to end so soon is answered before.
const BEFORE_TM: Duration = Duration::from_millis(500);

/// What all processes share.
struct Storing {
    letters: Letters,
    timeout: Duration,
}

/// The script, which is being read, calls `m_store_async()`: there will be processes for it.
pub fn will_be_used() {
    IS_USED.store(true, Ordering::Relaxed);
}

/// Makes room for the processes. In `mod_init`, when the script is not read yet.
///
/// # Errors
/// When the server cannot have that many.
pub fn make_room(module_wants: Option<usize>) -> Result<(), &'static str> {
    process::make_room(module_wants.unwrap_or(1) + 1)
}

/// Makes what the processes share, if there will be any. In the main process, before it forks.
///
/// # Errors
/// When there is no room for it.
pub fn prepare() -> Result<(), String> {
    let module = module().ok_or("mod_init has not run")?;
    let processes = match module.config.storing_processes {
        None if !IS_USED.load(Ordering::Relaxed) => return Ok(()),
        wanted => wanted.unwrap_or(1),
    };
    let letters = Letters::create(processes).map_err(|error| error.to_string())?;
    process::will_follow_settings(processes + 1);
    let storing = Storing { letters, timeout: module.config.store_timeout };
    STORING.set(storing).map_err(|_| "child_init has run before".to_owned())
}

/// Forks the processes. In the main process.
///
/// # Errors
/// When the server has no room for them.
pub fn fork_all() -> Result<(), &'static str> {
    let (Some(module), Some(storing)) = (module(), STORING.get()) else { return Ok(()) };
    let fork = |name, work: &dyn Fn() -> Result<(), String>| match process::fork(name)? {
        Side::Parent => Ok(()),
        Side::Child => {
            let ended = guard("storing process", Err("an internal error".to_owned()), work);
            if let Err(error) = &ended {
                lm_err!("a process of m_store_async() cannot work: {error}");
            }
            process::exit(ended.is_err().into());
        }
    };
    for index in 0..storing.letters.processes() {
        fork(c"MSILO storing", &|| writer::run(module, storing, index))?;
    }
    fork(c"MSILO answers", &|| answers::run(module, storing))
}

/// Has the request stored by a storing process, and its transaction go on with `route` when that is done.
///
/// # Errors
/// When it is not stored, nor will be, with the reason for the log. Then no route is run.
pub fn store_later(request: &Request<'_>, addresses: Addresses<'_>, route: &Route) -> Result<(), NotStored> {
    let module = module().ok_or(NotStored::NoConnection)?;
    let no_process = "there is no storing process: set the parameter storing_processes";
    let storing = STORING.get().ok_or(NotStored::NoProcess(no_process))?;
    let now = ServerClock.now();
    module.tm.can_suspend().map_err(NotStored::NotSuspended)?;
    let job = match look_at(module, request, addresses, now)? {
        Incoming::Over => None,
        Incoming::Returned(mark, inbox, owner) => {
            let again = submit(module, request, addresses, owner, None, Some(&mark), now).ok().flatten();
            let again = again.filter(|message| write::check(module, message).is_ok());
            Some(Job::TakeBack(mark, inbox, again))
        }
        Incoming::New(message) => {
            write::check(module, &message)?;
            match module.retransmissions.claim(request, &message.owner) {
                (Claim::First, fingerprint) => Some(Job::Write(message, fingerprint)),
                (Claim::Stored, _) => {
                    stats::count(Counter::Retransmissions);
                    None
                }
                (Claim::UnderWay, _) => return Err(NotStored::UnderWay),
            }
        }
    };
    let posted = post(module, storing, request, job.as_ref(), route);
    if let (Err(_), Some(Job::Write(_, fingerprint))) = (&posted, &job) {
        module.retransmissions.settle(*fingerprint, false);
    }
    posted
}

/// Posts a job, or, where there is nothing to be done, has the route run at once.
fn post(
    module: &Module,
    storing: &Storing,
    request: &Request<'_>,
    job: Option<&Job>,
    route: &Route,
) -> Result<(), NotStored> {
    let letters = &storing.letters;
    if letters.is_orphaned(letters.answerer()) {
        return Err(NotStored::NoProcess("the process \"MSILO answers\" has ended; restart the server"));
    }
    let (number, callback) = match route {
        Route::Native(number) => (*number, &[][..]),
        Route::Callback(name) => (-1, name.to_bytes()),
    };
    let Some(job) = job else {
        let letter = letters.write([&[], &[], callback], number).map_err(NotStored::NoMemory)?;
        let (transaction, _) = module.tm.suspend(request).map_err(NotStored::NotSuspended)?;
        letters.post_done(letter, transaction);
        return Ok(());
    };
    let process = job.owner().shard(letters.processes());
    if letters.is_orphaned(process) {
        return Err(NotStored::NoProcess("the process \"MSILO storing\" has ended; restart the server"));
    }
    let silence = letters.silence(process);
    if silence > storing.timeout {
        return Err(NotStored::Away(silence));
    }
    let notifications = notifications(module, request, job);
    let letter = letters.write([&job.encode(), &notifications, callback], number).map_err(NotStored::NoMemory)?;
    let (transaction, tm_ends) = module.tm.suspend(request).map_err(NotStored::NotSuspended)?;
    let now = ServerClock.monotonic();
    let begin_by = now + storing.timeout.min(tm_ends - (BEFORE_TM * 2).min(tm_ends / 2));
    let answer_by = now + (storing.timeout + GRACE).min(tm_ends - BEFORE_TM.min(tm_ends / 4));
    letters.post(process, letter, transaction, begin_by, answer_by);
    Ok(())
}

/// What its sender is told once the message is stored, as bytes for a letter.
fn notifications(module: &Module, request: &Request<'_>, job: &Job) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Job::Write(message, _) = job {
        let receipt = receipts::stored(module, request, message);
        let notification = notify::notification(module, request, request.from_uri().unwrap_or_default());
        for message in receipt.into_iter().chain(notification) {
            push_text(&mut bytes, &Event::Receipt(message).encode());
        }
    }
    bytes
}

/// The notifications in a letter.
fn notifications_in(letter: &Letter) -> Vec<Outgoing> {
    let (bytes, mut messages) = (letter.notification(), Vec::new());
    let mut rest = bytes.as_slice();
    while let Some(Event::Receipt(message)) = take_text(&mut rest).and_then(Event::decode) {
        messages.push(message);
    }
    messages
}
