//! One inbox while something is being delivered from it: in one [`run`] at a time.

pub(super) mod run;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

pub use run::DumpRequest;
use run::{Run, Wanted};

use super::contacts::lines::Lines;
use super::contacts::receivers::Receivers;
use crate::silo::message::compose::Kind;
use crate::silo::message::model::{RowId, StoredMessage};

/// Whether a run may read on, where several servers share the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Halt {
    /// It may.
    #[default]
    No,
    /// The page that it has read is being claimed.
    Claiming,
    /// Another server is delivering from the inbox.
    Busy,
}

/// An inbox that has something to deliver, or something in flight.
#[derive(Debug, Default)]
pub struct Inbox {
    reminders: VecDeque<StoredMessage>,
    run: Option<Run>,
    again: Option<DumpRequest>,
    in_flight: usize,
    /// Where messages go straight to contacts: what each of them still has to get.
    pub lines: Lines,
    /// Whom the next look at the registered contacts is for; `None` when nobody new is to take part.
    pub receivers: Option<Receivers>,
    /// Whether that look has found contacts that only another server can reach.
    pub is_elsewhere: bool,
    /// When that look was last taken, since the process began.
    pub looked_up: Duration,
    /// Whether the inbox stands in the list of those that may send.
    pub listed: bool,
    /// Whether the run has to wait before it reads on.
    pub halt: Halt,
}

impl Inbox {
    /// Starts a run, or has the one under way look again at its end. Returns whether one has begun.
    pub fn dump(&mut self, mut request: DumpRequest) -> bool {
        if self.run.is_none() {
            self.begin(request);
            return true;
        }
        if let Some(before) = self.again.take() {
            request.receivers = before.receivers.and(request.receivers);
        }
        self.again = Some(request);
        false
    }

    fn begin(&mut self, mut request: DumpRequest) {
        let receivers = std::mem::take(&mut request.receivers);
        self.receivers = Some(match self.receivers.take() {
            Some(before) => before.and(receivers),
            None => receivers,
        });
        self.run = Some(Run::new(request));
        // It has not found the inbox busy yet, and a page that the one before has read is not for it.
        self.halt = Halt::No;
    }

    /// The run under way.
    pub fn run(&mut self) -> Option<&mut Run> {
        self.run.as_mut()
    }

    /// The page behind this row is claimed, or cannot be. Returns whether there is a run that still wants it.
    pub fn end_of_claim(&mut self, after: RowId) -> bool {
        if self.halt != Halt::Claiming {
            return false;
        }
        self.halt = Halt::No;
        self.run.as_ref().is_some_and(|run| run.wanted() == Some(Wanted::PageAfter(after)))
    }

    /// Forgets these messages, which are not to be sent from here. Returns those of them that were reminders.
    pub fn give_back(&mut self, ids: &HashSet<RowId>) -> Vec<RowId> {
        if let Some(run) = &mut self.run {
            run.give_back(ids);
        }
        let forgotten = self.reminders.iter().map(|reminder| reminder.id).filter(|id| ids.contains(id)).collect();
        self.reminders.retain(|reminder| !ids.contains(&reminder.id));
        forgotten
    }

    /// Puts a due reminder into the line, before ordinary messages.
    pub fn remind(&mut self, message: StoredMessage) {
        self.receivers = Some(Receivers::All);
        self.reminders.push_back(message);
    }

    /// The run under way, if something has to be read for it before anything can be sent, and what.
    pub fn run_that_wants_rows(&mut self) -> Option<(&mut Run, Wanted)> {
        let run = self.run.as_mut().filter(|_| self.reminders.is_empty() && self.halt == Halt::No)?;
        let wanted = run.wanted()?;
        Some((run, wanted))
    }

    /// The next message, and what it is sent as.
    pub fn take_next(&mut self) -> Option<(StoredMessage, Kind)> {
        if let Some(reminder) = self.reminders.pop_front() {
            return Some((reminder, Kind::Reminder));
        }
        self.run.as_mut()?.next().map(|message| (message, Kind::Offline))
    }

    /// Gives back a message that [`Inbox::take_next`] gave: it stays the next one.
    pub fn put_back(&mut self, message: StoredMessage, kind: Kind) {
        match (kind, &mut self.run) {
            (Kind::Reminder, _) => self.reminders.push_front(message),
            (Kind::Offline, Some(run)) => run.put_back(message),
            (Kind::Offline, None) => {}
        }
    }

    /// Headers that the current run adds to its messages.
    pub fn extra_headers(&self) -> Rc<[u8]> {
        self.run.as_ref().map_or_else(|| Rc::from([]), |run| Rc::clone(&run.extra_headers))
    }

    /// Notes that a message was handed to the network.
    pub fn sent(&mut self, kind: Kind) {
        self.in_flight += 1;
        if let (Kind::Offline, Some(run)) = (kind, &mut self.run) {
            run.sent();
        }
    }

    /// Notes that the fate of a message in flight is known.
    pub fn settled(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Notes that nobody answers at this URI: what else is for it waits for the next dump.
    pub fn unreachable(&mut self, uri: &[u8]) {
        if let Some(run) = &mut self.run {
            run.unreachable(uri);
        }
    }

    /// How many messages are in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Ends the run under way without sending what is left of it.
    pub fn give_up_run(&mut self) {
        if let Some(run) = &mut self.run {
            run.give_up();
        }
    }

    /// Forgets what waits, but for a dump that was asked for meanwhile.
    pub fn give_up(&mut self) {
        self.give_up_run();
        self.reminders.clear();
    }

    /// How many messages wait to be sent: reminders, those that were read or are known to come, and what lines hold.
    pub fn waiting(&self) -> usize {
        self.reminders.len() + self.run.as_ref().map_or(0, Run::waiting) + self.lines.waiting()
    }

    /// Forgets a message that waits: its row is gone.
    pub fn forget(&mut self, id: RowId) {
        self.reminders.retain(|reminder| reminder.id != id);
        if let Some(run) = &mut self.run {
            run.forget(id);
        }
        self.lines.forget(id);
    }

    /// Puts right, after a mishap, how many messages are in flight.
    pub fn count_anew(&mut self, in_flight: usize) {
        self.in_flight = in_flight;
    }

    /// The reminders that wait.
    pub fn reminders(&self) -> impl Iterator<Item = &StoredMessage> {
        self.reminders.iter()
    }

    /// Ends a run that has nothing more to send or to wait for, and starts the one that was asked for
    /// meanwhile. Returns whether there is anything left to do for this inbox at all.
    pub fn turn_over(&mut self) -> bool {
        if self.in_flight == 0 && self.run.as_ref().is_some_and(Run::is_over) {
            self.run = self.again.take().map(Run::new);
            self.halt = Halt::No;
        }
        self.in_flight > 0 || self.run.is_some() || !self.reminders.is_empty()
    }

    /// Notes that a message was handed out to the lines of contacts.
    pub fn handed_out(&mut self, kind: Kind) {
        if let (Kind::Offline, Some(run)) = (kind, &mut self.run) {
            run.sent();
        }
    }

    /// Like [`Inbox::turn_over`], where messages go to contacts: the next run need not wait for the answers of slow ones.
    pub fn turn_over_lines(&mut self) -> bool {
        // The last contact may have left since the look at them: what is left of the run is for nobody.
        if self.receivers.is_none() && !self.lines.has_receivers() {
            self.give_up_run();
        }
        if self.run.as_ref().is_some_and(Run::is_over) {
            self.run = None;
        }
        self.begin_again();
        self.run.is_some() || !self.reminders.is_empty() || !self.lines.are_idle()
    }

    /// Begins anew where a dump was asked for during a run, where messages go to contacts: what the lines hold already they
    /// keep, and a contact that is new gets what is left from its beginning.
    pub fn begin_again(&mut self) {
        if let Some(request) = self.again.take() {
            self.begin(request);
        }
    }

    /// Whether something can be done for the lines of contacts before one of them answers.
    pub fn lines_have_work(&self, window: usize, lane_is_free: bool) -> bool {
        let more = (self.run.is_some() && self.halt == Halt::No) || !self.reminders.is_empty();
        self.receivers.is_some()
            || self.lines.are_ready(window, lane_is_free)
            || (more && self.lines.are_hungry(window))
            // Without a contact they become ordinary messages, one at each turn.
            || (!self.reminders.is_empty() && !self.lines.has_receivers())
    }
}
