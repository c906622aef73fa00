//! What is done after an internal error, which may have left anything half changed.

use std::collections::{HashMap, HashSet};

use super::engine::Delivery;
use super::server::Server;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;
use crate::silo::table::store::Store;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Puts the state right after a panic in one of the other functions, so that it costs one message or the run of one
    /// inbox: the message that was just being sent counts as failed, and waits behind the others of its inbox; where none
    /// was, the inbox whose turn it was waits for its next dump. All others go on.
    ///
    /// What is in flight, and what the table has still to be told, is what everything else is counted from.
    pub fn recover(&mut self) {
        let now = self.server.monotonic();
        let serving = self.serving.take();
        match (self.sending.take(), serving.and_then(|owner| self.inboxes.get_mut(&owner))) {
            (Some((id, expires_at, kind)), _) => {
                self.unanswered.add(id);
                self.failed(id, expires_at, kind);
            }
            (None, Some(inbox)) => inbox.give_up(),
            (None, None) => {}
        }
        // It may be these that cannot be done: they come again at their time, not at once.
        if self.schedule.sweep_is_due(now) {
            self.schedule.swept(now);
        }
        if self.schedule.reminders_are_due(now) {
            self.schedule.read_reminders(now);
        }
        if self.schedule.waking_is_due(now) {
            self.schedule.woke(now);
        }
        self.news.give_up();
        self.recover_claims();
        self.writes.recover(now);
        self.count_anew();
    }

    fn count_anew(&mut self) {
        let mut in_flight = HashMap::<&Aor, usize>::new();
        let mut to_contacts = HashSet::new();
        self.reminders.clear();
        for flight in self.flights.all() {
            match flight.seat {
                None => *in_flight.entry(&flight.owner).or_default() += 1,
                Some(seat) => drop(to_contacts.insert((&flight.owner, seat))),
            }
            self.reminders.extend(Some(flight.id).filter(|_| flight.kind == Kind::Reminder));
        }
        self.ready.clear();
        self.lane.dismiss();
        for (owner, inbox) in &mut self.inboxes {
            inbox.count_anew(in_flight.get(owner).copied().unwrap_or(0));
            inbox.listed = true;
            inbox.lines.count_anew(|seat| to_contacts.contains(&(owner, seat)));
            let held = inbox.lines.all_held().filter(|held| held.kind == Kind::Reminder && !held.delivered.get());
            self.reminders.extend(held.map(|held| held.message.id));
            self.reminders.extend(inbox.reminders().map(|reminder| reminder.id));
            self.ready.push_back(owner.clone());
        }
    }
}
