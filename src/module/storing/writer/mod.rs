//! A storing process: it writes what has come in one statement, and while that is under way the next has time to come.

mod statement;

use std::collections::VecDeque;
use std::time::Duration;

use super::Storing;
use crate::host::clock::ServerClock;
use crate::host::process::{self, stop};
use crate::host::shared::letters::Letter;
use crate::lm_err;
use crate::log::Throttle;
use crate::module::not_stored::NotStored;
use crate::module::quota::{Place, Quotas, Reservation};
use crate::module::{returned, store_failed, with_table, write, Module};
use crate::silo::intake::job::Job;
use crate::silo::message::model::NewMessage;
use crate::silo::table::batch::Batches;
use crate::silo::table::store::Store;
use crate::silo::text::Shown;
use crate::silo::time::Clock;

/// So many rows, and bytes of them, go into one statement at most.
const ROWS: usize = 200;
const BYTES: usize = 256 * 1024;
/// The server's runtime settings are looked at this often.
const SETTINGS: Duration = Duration::from_secs(1);
/// So often a database that does not answer is asked.
const LOOK: Duration = Duration::from_millis(250);
/// How long a message waits to learn whether those before it take the last place of its inbox.
const PATIENCE: Duration = Duration::from_secs(2);

const NO_ANSWER: &str = "the database does not answer";

/// A row of the statement that is being made.
struct Line<'m> {
    letter: Letter,
    message: NewMessage,
    fingerprint: u64,
    place: Option<Reservation<'m>>,
}

struct Writer<'m> {
    module: &'m Module,
    storing: &'m Storing,
    index: usize,
    batches: Batches,
    lines: Vec<Line<'m>>,
    size: usize,
    /// What could not be written and may be yet, the oldest first.
    again: VecDeque<Letter>,
    throttle: Throttle,
}

/// Works until the server ends, and all that has come is written or refused.
pub(super) fn run(module: &Module, storing: &Storing, index: usize) -> Result<(), String> {
    let letters = &storing.letters;
    process::join()?;
    stop::on_signals(letters.bell(index), module.queues.len() + index);
    let batches = with_table(Batches::look).unwrap_or_default();
    letters.start_reading(index).map_err(|error| format!("it cannot lock a file of its own: {error}"))?;
    let (lines, again, throttle) = (Vec::new(), VecDeque::new(), Throttle::new());
    let mut writer = Writer { module, storing, index, batches, lines, size: 0, again, throttle };
    let mut settings_due = Duration::ZERO;
    loop {
        stop::begin();
        if ServerClock.monotonic() >= settings_due {
            process::follow_settings();
            settings_due = ServerClock.monotonic() + SETTINGS;
        }
        let mut waiting = std::mem::take(&mut writer.again);
        let is_stuck = !waiting.is_empty();
        waiting.extend(letters.take(index));
        if waiting.is_empty() {
            let silent = !letters.silence(index).is_zero();
            if silent && writer.answers() {
                continue;
            }
            if stop::is_on() {
                // Whoever still takes SIP may post something, but for how long is not waited.
                stop::wait_for_workers();
                waiting.extend(letters.take(index));
                if waiting.is_empty() {
                    return Ok(());
                }
            } else {
                process::wait(letters.bell(index), if silent { LOOK } else { SETTINGS });
                continue;
            }
        }
        writer.write(waiting);
        if is_stuck && !writer.again.is_empty() {
            std::thread::sleep(LOOK);
        }
    }
}

impl<'m> Writer<'m> {
    /// Writes what has come; what may be written later stays in `again`.
    fn write(&mut self, mut waiting: VecDeque<Letter>) {
        while let Some(letter) = waiting.pop_front() {
            self.take_in(letter);
            if self.lines.len() >= ROWS || self.size >= BYTES {
                self.flush();
            }
            if !self.again.is_empty() {
                // The database is away: who comes behind waits behind.
                self.lines.drain(..).for_each(|line| self.again.push_back(back(line)));
                self.again.append(&mut waiting);
                self.drop_late();
                return;
            }
        }
        self.flush();
        self.drop_late();
    }

    /// Puts a letter into the statement that is being made; one that cannot be part of it is dealt with at once.
    fn take_in(&mut self, letter: Letter) {
        if letter.begin_by() < ServerClock.monotonic() {
            return self.refuse_letter(letter, NO_ANSWER, None);
        }
        if !letter.begin() {
            return;
        }
        match Job::decode(&letter.job()) {
            Some(Job::Write(message, fingerprint)) => self.take_message(letter, message, fingerprint),
            Some(Job::TakeBack(mark, owner, message)) => {
                self.flush();
                let module = self.module;
                let taken = returned::take_back(module, &mark, &owner, || match &message {
                    Some(message) => write::write(module, message, None),
                    None => Ok(()),
                });
                match taken {
                    Ok(()) => drop(self.storing.letters.stored(letter)),
                    Err(reason) => self.refuse_letter(letter, &reason.to_string(), None),
                }
            }
            None => self.refuse_letter(letter, "an internal error", None),
        }
    }

    fn take_message(&mut self, letter: Letter, message: NewMessage, fingerprint: u64) {
        let line = Line { letter, message, fingerprint, place: None };
        if let Some(quotas) = self.module.quotas.as_ref().filter(|_| self.module.config.shared.is_some()) {
            return self.write_among_others(line, quotas);
        }
        let Some(line) = self.reserve(line) else { return };
        if with_table(|table| self.batches.take(table, &line.message)) == Some(true) {
            self.size = self.size.saturating_add(line.message.body.len() + line.message.headers.len() + 512);
            self.lines.push(line);
            if line_must_be_alone(self.lines.last()) {
                self.flush();
            }
            return;
        }
        self.flush();
        if !self.again.is_empty() {
            return self.again.push_back(back(line));
        }
        self.storing.letters.note_silence(self.index, true);
        let written = with_table(|table| {
            table.wait_until(Some(line.letter.answer_by()));
            let written = table.insert(&line.message);
            table.wait_until(None);
            written
        });
        match written {
            Some(Ok(())) => {
                self.storing.letters.note_silence(self.index, false);
                self.stored(line, None);
            }
            _ if !self.answers() => self.again.push_back(back(line)),
            Some(Err(error)) => self.refuse(line, &error.to_string()),
            None => self.refuse(line, NO_ANSWER),
        }
    }

    /// Takes a place in its inbox for a row, where places are counted; `None` when it gets none, and has been dealt with.
    fn reserve(&mut self, mut line: Line<'m>) -> Option<Line<'m>> {
        let Some(quotas) = &self.module.quotas else { return Some(line) };
        let begin = ServerClock.monotonic();
        loop {
            let asked = with_table(|table| quotas.ask(table, &line.message.owner));
            match asked.unwrap_or(Ok(Place::Full)) {
                Ok(Place::Reserved(place)) => {
                    line.place = Some(place);
                    return Some(line);
                }
                Ok(Place::Counted) if self.lines.is_empty() => return Some(line),
                // Once those before it are written, it is known.
                Ok(Place::Counted | Place::Unclear) if !self.lines.is_empty() => {
                    self.flush();
                    if !self.again.is_empty() {
                        self.again.push_back(back(line));
                        return None;
                    }
                }
                Ok(Place::Unclear) if ServerClock.monotonic().saturating_sub(begin) < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(_) => {
                    let full = NotStored::Full(line.message.owner.clone(), quotas.most());
                    self.refuse(line, &full.to_string());
                    return None;
                }
                Err(error) if self.answers() => {
                    self.refuse(line, &error.to_string());
                    return None;
                }
                Err(_) => {
                    self.flush();
                    self.again.push_back(back(line));
                    return None;
                }
            }
        }
    }

    /// Writes a row into an inbox that other servers fill, too: counting and writing is one step there, and takes one
    /// statement for each row.
    fn write_among_others(&mut self, line: Line<'m>, quotas: &Quotas) {
        self.flush();
        if !self.again.is_empty() {
            return self.again.push_back(back(line));
        }
        self.storing.letters.note_silence(self.index, true);
        match write::write(self.module, &line.message, Some(quotas)) {
            Ok(()) => {
                self.storing.letters.note_silence(self.index, false);
                self.stored(line, None);
            }
            Err(error) if error.is_fault_of_database() && !self.answers() => self.again.push_back(back(line)),
            Err(error) => {
                self.storing.letters.note_silence(self.index, false);
                self.refuse(line, &error.to_string());
            }
        }
    }

    /// Whether the database answers at all.
    fn answers(&self) -> bool {
        let answers = with_table(|table| table.check().is_ok()) == Some(true);
        match answers {
            true => self.storing.letters.note_silence(self.index, false),
            false => store_failed(),
        }
        answers
    }

    fn refuse(&mut self, line: Line<'m>, reason: &str) {
        let Line { letter, message, fingerprint, .. } = line;
        self.module.retransmissions.settle(fingerprint, false);
        self.refuse_letter(letter, reason, Some(&message));
    }

    fn refuse_letter(&mut self, letter: Letter, reason: &str, message: Option<&NewMessage>) {
        if let Some(end) = self.throttle.pass(ServerClock.monotonic()) {
            match message {
                Some(message) => {
                    lm_err!("message from {} for {} not stored: {reason}{end}", Shown(&message.from), message.owner);
                }
                None => lm_err!("message not stored: {reason}{end}"),
            }
        }
        if message.is_none() {
            if let Some(Job::Write(_, fingerprint)) = Job::decode(&letter.job()) {
                self.module.retransmissions.settle(fingerprint, false);
            }
        }
        self.storing.letters.refuse(letter, reason);
    }

    /// Refuses those of what is to be tried again that must have begun by now.
    fn drop_late(&mut self) {
        let now = ServerClock.monotonic();
        let (again, late) = std::mem::take(&mut self.again).into_iter().partition(|letter| letter.begin_by() >= now);
        self.again = again;
        let late: VecDeque<Letter> = late;
        late.into_iter().for_each(|letter| self.refuse_letter(letter, NO_ANSWER, None));
    }
}

/// A row that was not written, as the letter that it came in.
fn back(line: Line<'_>) -> Letter {
    line.letter.begin_anew();
    line.letter
}

/// Whether a row is too large for others to be with it.
fn line_must_be_alone(line: Option<&Line<'_>>) -> bool {
    line.is_some_and(|line| line.message.body.len() + line.message.headers.len() > BYTES / 2)
}
