//! The process that has transactions go on: with what became of their message, or in time without it.

use std::collections::VecDeque;
use std::ffi::CString;
use std::time::Duration;

use super::{notifications_in, Storing};
use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::process::{self, stop};
use crate::host::script::variables::{with_values, Value, Variable};
use crate::host::shared::letters::{Fate, Letter, IDLE_LOOK};
use crate::host::sip::destination;
use crate::host::sip::suspend::Route;
use crate::host::stats;
use crate::module::{notify, Module};
use crate::silo::delivery::event::Event;
use crate::silo::delivery::server::Counter;
use crate::silo::time::Clock;
use crate::{lm_dbg, lm_warn};

/// The server's runtime settings are looked at this often.
const SETTINGS: Duration = IDLE_LOOK;
/// While there are letters on their way it is looked this often whether one is late.
const LOOK: Duration = Duration::from_millis(100);
/// After the signal to end, what is being written has so long.
const LAST: Duration = Duration::from_millis(1500);

const TOO_LATE: &[u8] = b"the database has not answered in time";
const STOPPING: &[u8] = b"the server is about to end";

/// Works until the server ends, and everybody has an answer.
pub(super) fn run(module: &Module, storing: &Storing) -> Result<(), String> {
    let letters = &storing.letters;
    let me = letters.answerer();
    process::join()?;
    stop::on_signals(letters.bell(me), module.queues.len() + me);
    letters.start_reading(me).map_err(|error| format!("it cannot lock a file of its own: {error}"))?;
    let (mut watched, mut look_at, mut settings_due, mut ending) =
        (VecDeque::new(), Duration::ZERO, Duration::ZERO, None);
    loop {
        stop::begin();
        let now = ServerClock.monotonic();
        if now >= settings_due {
            process::follow_settings();
            settings_due = now + SETTINGS;
        }
        let (done, more) = letters.take_done_and_watched();
        watched.extend(more);
        for letter in done {
            let fate = letter.fate();
            answer(module, storing, &letter, fate);
        }
        while watched.front().is_some_and(|letter: &Letter| !letter.is_wanted()) {
            watched.pop_front();
        }
        if now >= look_at {
            look_at = now + LOOK;
            give_up(module, storing, &mut watched, |letter| now >= letter.answer_by(), TOO_LATE);
        }
        if stop::is_on() {
            let since = *ending.get_or_insert(now);
            let is_over = now.saturating_sub(since) > LAST;
            if is_over {
                give_up(module, storing, &mut watched, |_| true, STOPPING);
            }
            // Whoever still takes SIP may post something, but for how long is not waited.
            if is_over || letters.unanswered() == 0 && stop::wait_for_workers() && letters.unanswered() == 0 {
                return Ok(());
            }
        }
        letters.look_soon(true);
        let busy = letters.unanswered() > 0 || stop::is_on();
        letters.look_soon(busy);
        // One that came between both lines has not rung.
        let busy = busy || letters.unanswered() > 0;
        process::wait(letters.bell(me), if busy { LOOK } else { SETTINGS });
    }
}

fn give_up(
    module: &Module,
    storing: &Storing,
    watched: &mut VecDeque<Letter>,
    is_late: impl Fn(&Letter) -> bool,
    reason: &[u8],
) {
    for letter in watched.iter().filter(|letter| letter.is_wanted() && is_late(letter)) {
        if letter.give_up() {
            answer(module, storing, letter, Fate::Refused(reason.to_vec()));
        }
    }
    watched.retain(Letter::is_wanted);
}

/// Has the transaction of a letter go on.
fn answer(module: &Module, storing: &Storing, letter: &Letter, fate: Fate) {
    storing.letters.answered();
    let stored = fate == Fate::Stored;
    let mut values = vec![(Variable::Stored, Value::Number(if stored { 1 } else { -1 }))];
    if let Fate::Refused(reason) = fate {
        stats::count(Counter::RefusedMessages);
        values.push((Variable::Reason, Value::Text(reason)));
    }
    let (number, callback) = letter.route();
    let callback = CString::new(callback).ok().filter(|name| !name.is_empty());
    let route = callback.map_or(Route::Native(number), Route::Callback);
    let went_on = guard("route of m_store_async()", true, || {
        with_values(values, || module.tm.go_on(letter.transaction(), &route))
    });
    if !went_on {
        let what = if stored { "is stored" } else { "is not stored" };
        lm_warn!("a message {what}, but its transaction had ended before: its sender was told something else");
    }
    for message in if stored { notifications_in(letter) } else { Vec::new() } {
        match &module.apart {
            // It could keep everybody waiting who comes behind it.
            Some(apart)
                if module.config.next_hop.is_none() && destination::slow_host(&message.request_uri).is_some() =>
            {
                if apart.post(&Event::Receipt(message)).is_err() {
                    lm_warn!("a notification is not sent: the server has too little shared memory");
                }
            }
            // Its process ends soon, and those who wait for an answer come first.
            _ if stop::is_on() => lm_dbg!("a notification is not sent: the server is about to end"),
            _ => notify::send(module, &message),
        }
    }
}
