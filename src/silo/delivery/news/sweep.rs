//! The sweep where somebody wants to hear of messages that expire: rows are read before they are deleted.
//!
//! Each process sweeps its own inboxes, because it alone knows which of their messages are in flight: those stay until their
//! answer is known. A row is deleted first and told about then: told about twice is worse than not at all, where the
//! server dies in between.

use std::collections::HashSet;

use super::happening::{Happening, Occasion};
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::server::{Counter, Server};
use crate::silo::message::aor::Aor;
use crate::silo::message::cpim::imdn::{notification, Disposition, Subject};
use crate::silo::message::headers::read_block;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::{Store, StoreError};

/// So many rows are swept in one turn; then the deliveries go on.
const PAGE: usize = 32;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Whether rows have to be read before they are deleted.
    pub(in crate::silo::delivery) fn hears_of_expiry(&self) -> bool {
        self.config.imdn || self.config.listeners.expired
    }

    /// Deletes what is over: all at once, or from now on page by page where somebody wants to hear of it.
    pub(in crate::silo::delivery) fn begin_sweep(&mut self) -> Result<(), StoreError> {
        if self.hears_of_expiry() {
            self.news.sweeping = Some(RowId::MIN);
            return Ok(());
        }
        let now = self.server.now();
        let count = self.store.count_expired(now)?;
        self.store.delete_expired(now)?;
        self.server.add(Counter::ExpiredMessages, count);
        Ok(())
    }

    /// Sweeps the next page, if a sweep is under way.
    pub(in crate::silo::delivery) fn go_on_sweeping(&mut self) -> Result<(), StoreError> {
        let Some(after) = self.news.sweeping.take() else { return Ok(()) };
        let page = self.store.over(after, PAGE, self.server.now())?;
        let flying: HashSet<RowId> = self.flights.all().map(|flight| flight.id).collect();
        let mut messages = page.messages;
        messages.retain(|message| {
            let busy = flying.contains(&message.id) || self.writes.holds(message.id);
            !busy && self.is_ours(message)
        });
        let ids: Vec<RowId> = messages.iter().map(|message| message.id).collect();
        // Of several servers that share the table only one tells.
        let ids = self.store.claim(&ids)?;
        messages.retain(|message| ids.contains(&message.id));
        if !messages.is_empty() {
            self.store.delete_over(&ids)?;
            self.server.add(Counter::ExpiredMessages, ids.len() as u64);
            messages.iter().for_each(|message| self.tell_expiry(message));
        }
        self.news.sweeping = (!page.complete && page.last > after).then_some(page.last);
        Ok(())
    }

    /// Whether the row is in an inbox of this process. What is in nobody's inbox is the first one's.
    pub(super) fn is_ours(&self, message: &StoredMessage) -> bool {
        let shard = Aor::new(&message.user, &message.host).map_or(0, |owner| owner.shard(self.shard.count));
        shard == self.shard.index
    }

    fn tell_expiry(&mut self, message: &StoredMessage) {
        if self.config.listeners.expired {
            if let Some(happening) = Happening::of(Occasion::Expired, message) {
                self.server.tell(happening);
            }
        }
        if self.config.imdn {
            let among_headers = read_block(&message.headers).content_type.unwrap_or_default();
            let column = &message.content_type;
            let subject = Subject {
                content_type: if column.is_empty() { &among_headers } else { column },
                body: &message.body,
                from: &message.from,
                to: &message.to,
                stored_at: message.stored_at,
            };
            if let Some(receipt) = notification(subject, Disposition::Failed, self.server.now()) {
                self.server.send_receipt(receipt);
            }
        }
    }
}
