//! Messages that have waited for long: a script may want to push once more.

use std::collections::HashSet;
use std::time::Duration;

use super::happening::{Happening, Occasion};
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::server::Server;
use crate::silo::message::model::RowId;
use crate::silo::table::store::{Store, StoreError, INBOXES};

/// So many inboxes are looked at in one turn; then the deliveries go on.
const PAGE: usize = 32;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Asks the table who has a message that is older than `wake_after`.
    pub(in crate::silo::delivery) fn begin_waking(&mut self) -> Result<(), StoreError> {
        let Some(after) = self.config.wake_after else { return Ok(()) };
        let now = self.server.now();
        let mut ids = self.store.waiting(self.news.woken_up_to, now.saturating_sub(after), now)?;
        // Where there are more, the next look begins behind these.
        self.news.woken_up_to = ids.last().copied().filter(|_| ids.len() >= INBOXES).unwrap_or(RowId::MIN);
        // Each turn takes from the end.
        ids.reverse();
        self.news.to_wake = ids;
        Ok(())
    }

    /// Tells of the next ones: once for each inbox and interval, and not of those that are being delivered.
    pub(in crate::silo::delivery) fn go_on_waking(&mut self) -> Result<(), StoreError> {
        let left = self.news.to_wake.len().saturating_sub(PAGE);
        let ids: Vec<RowId> = self.news.to_wake.split_off(left).into_iter().rev().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let now = self.server.monotonic();
        let interval = Duration::from_secs(self.config.wake_after.unwrap_or_default().unsigned_abs());
        let mut messages = self.store.of_anybody(&ids, self.server.now())?;
        messages.retain(|message| self.is_ours(message) && !self.writes.holds(message.id));
        let mut seen = HashSet::new();
        for message in messages {
            let Some(happening) = Happening::of(Occasion::Waiting, &message) else { continue };
            let woken = self.news.woken.get(&happening.owner);
            let is_due = woken.is_none_or(|&woken| now.saturating_sub(woken) >= interval);
            let busy = self.inboxes.contains_key(&happening.owner);
            if is_due && !busy && seen.insert(happening.owner.clone()) {
                self.news.woken.set(happening.owner.clone(), now);
                self.server.tell(happening);
            }
        }
        Ok(())
    }
}
