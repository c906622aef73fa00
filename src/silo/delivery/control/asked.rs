//! What a delivery process does when it is asked.

use std::collections::HashSet;
use std::time::Duration;

use super::board::Load;
use super::question::{Answer, Doing, Question, Removed, Standing};
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::server::Server;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, RowId};
use crate::silo::table::overview::claim;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::UnixTime;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Answers a question.
    pub fn ask(&mut self, question: &Question) -> Answer {
        match question {
            Question::Inspect(owner) => Answer::Standing(self.standing(owner)),
            Question::Remove(rows) => match self.remove(rows) {
                Ok(removed) => Answer::Removed(removed),
                Err(error) => {
                    self.complain(format_args!("{error}; asked by a command"));
                    Answer::NotDone
                }
            },
        }
    }

    /// What there is to do.
    pub fn load(&self) -> Load {
        Load {
            inboxes: self.inboxes.len(),
            in_flight: self.flights.count(),
            waiting: self.ready.len().saturating_add(self.lane.waiting()),
            undeleted: self.writes.unwritten(),
            oldest: self.flights.oldest(),
        }
    }

    /// What went wrong since the last call.
    pub fn take_error(&mut self) -> Option<String> {
        self.last_error.take()
    }

    /// Whether the table did not work when it was needed last, and is left alone for a moment.
    pub fn store_is_away(&self) -> bool {
        self.store_back > self.server.monotonic() || self.writes.is_held_up()
    }

    /// Whether the table works.
    pub fn check_store(&mut self) -> bool {
        self.store.check().is_ok()
    }

    fn standing(&self, owner: &Aor) -> Standing {
        let Some(inbox) = self.inboxes.get(owner) else { return Standing::default() };
        let flying = inbox.in_flight() > 0 || inbox.lines.are_in_flight();
        let listed = inbox.listed || self.lane.holds(owner) || self.lookups.holds(owner);
        Standing {
            doing: if flying { Doing::Sending } else { Doing::Waiting },
            waiting: inbox.waiting(),
            next_look: Some(self.next_turn()).filter(|_| listed && !self.server.is_paused()),
        }
    }

    /// How long it is until the next message may be sent.
    fn next_turn(&self) -> Duration {
        self.store_back.saturating_sub(self.server.monotonic())
    }

    /// Removes rows, unless they are being delivered. What is removed is forgotten here, too, in the same step: nothing is
    /// sent between the two. What was delivered already, and only waits for its DELETE, is no row any more.
    fn remove(&mut self, rows: &[(RowId, UnixTime)]) -> Result<Removed, StoreError> {
        let ids: Vec<RowId> = rows.iter().map(|(id, _)| *id).collect();
        let mut heads = self.store.heads(&ids)?;
        heads.retain(|head| rows.contains(&(head.id, head.stored_at)) && !self.writes.is_delivered(head.id));
        let (flying, now): (HashSet<RowId>, _) =
            (self.flights.all().map(|flight| flight.id).collect(), self.server.now());
        let own = self.config.shared.map(|sharing| i64::from(sharing.server));
        let is_anothers = |head: &Head| claim::holder(head.status, now).is_some_and(|holder| Some(holder) != own);
        let is_in_the_way = |head: &Head| flying.contains(&head.id) || self.writes.holds(head.id) || is_anothers(head);
        let (kept, mut free): (Vec<Head>, Vec<Head>) = heads.into_iter().partition(is_in_the_way);
        let ids = self.remove_free(&free).inspect_err(|_| self.give_up_removing(&free))?;
        let in_the_way = kept.len() + free.len() - ids.len();
        free.retain(|head| ids.contains(&head.id));
        free.iter().for_each(|head| self.forget(head));
        Ok(Removed { removed: free.len(), in_the_way })
    }

    /// Removes rows that nobody had when they were looked at. Returns which: another server may have taken one meanwhile.
    fn remove_free(&mut self, free: &[Head]) -> Result<Vec<RowId>, StoreError> {
        let ids: Vec<RowId> = free.iter().map(|head| head.id).collect();
        let ids = self.store.claim(&ids)?;
        if !ids.is_empty() {
            self.store.delete(&ids)?;
        }
        Ok(ids)
    }

    /// They stay, and whoever wants them may have them.
    fn give_up_removing(&mut self, free: &[Head]) {
        for head in free {
            if let Ok(owner) = Aor::new(&head.user, &head.host) {
                self.claims.in_vain(&owner, head.id);
            }
        }
    }

    fn forget(&mut self, head: &Head) {
        self.reminders.remove(&head.id);
        self.unanswered.remove(head.id);
        let Ok(owner) = Aor::new(&head.user, &head.host) else { return };
        if let Some(inbox) = self.inboxes.get_mut(&owner) {
            inbox.forget(head.id);
            // It may have nothing left to do.
            self.list(owner);
        }
    }
}
