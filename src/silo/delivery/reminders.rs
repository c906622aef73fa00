//! Reminders: messages that are sent when their time has come, before the others of their inbox.

use std::time::Duration;

use super::engine::Delivery;
use super::inbox::run::PAGE;
use super::server::Server;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::{Store, StoreError};

/// Reminders that wait in inboxes or are in flight; above that the due ones stay in the table until the next look.
const REMINDERS: usize = 10_000;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Looks for reminders that are due. When the store works otherwise they wait for the next look, and nothing else does: of
    /// all that is asked by the clock this has the least help of an index, so a large table may take too long for it.
    pub(super) fn look_for_reminders(&mut self) -> Result<(), StoreError> {
        if let Err(error) = self.read_reminders() {
            self.store.check()?;
            self.complain(format_args!("{error}; trying again at the next look for reminders"));
        }
        // From its end on: one that takes longer than `send_time` would leave no time for anything else.
        self.schedule.read_reminders(self.server.monotonic());
        Ok(())
    }

    /// Puts the due reminders of this process into their inboxes.
    fn read_reminders(&mut self) -> Result<(), StoreError> {
        let mut after = RowId::MIN;
        loop {
            let since = self.server.monotonic();
            let mut page = self.store.due(after, PAGE, self.server.now())?;
            if self.claims.are_needed() {
                let claimed = self.claim_reminders(&page)?;
                page.messages.retain(|message| claimed.contains(&message.id));
            }
            for message in page.messages {
                self.take_reminder(message, since);
            }
            // A page that does not get any further, because its rows have no readable id, would come again for ever.
            if page.complete || page.last <= after || self.reminders.len() >= REMINDERS {
                return Ok(());
            }
            after = page.last;
        }
    }

    fn take_reminder(&mut self, message: StoredMessage, since: Duration) {
        let owner = match Aor::new(&message.user, &message.host) {
            Ok(owner) if self.is_mine(&owner) => owner,
            Ok(_) => return,
            Err(reason) => return self.report(message.id, &reason),
        };
        if !self.writes.holds(message.id) && self.reminders.insert(message.id) {
            self.claims.claimed(&owner, message.id, since);
            self.inboxes.entry(owner.clone()).or_default().remind(message);
            self.list(owner);
        }
    }
}
