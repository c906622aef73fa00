//! What has to be written to the table after a delivery, and is remembered until it was.

use std::collections::HashSet;
use std::time::Duration;

use super::message::RowId;
use super::store::{Store, StoreError};

/// A row is gone within a quarter of a second of its 200; this leaves room for a slow loop and a slow database.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// So many ids make one statement.
const GROUP: usize = 200;

/// Rows whose delivery is settled but whose change in the table is not made yet.
///
/// An id stays here until the table has it, however often that fails: as long as it does, the row is not sent
/// again.
#[derive(Debug, Default)]
pub struct Ledger {
    delivered: Pending,
    ordinary: Pending,
}

#[derive(Debug, Default)]
struct Pending {
    ids: HashSet<RowId>,
    order: Vec<RowId>,
    oldest: Option<Duration>,
}

impl Pending {
    fn add(&mut self, id: RowId, now: Duration) {
        if self.ids.insert(id) {
            self.order.push(id);
            self.oldest.get_or_insert(now);
        }
    }

    /// Works off everything, group by group; what was not done stays.
    fn settle(&mut self, mut change: impl FnMut(&[RowId]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        while !self.order.is_empty() {
            let group = &self.order[..self.order.len().min(GROUP)];
            change(group)?;
            let done = group.len();
            for id in self.order.drain(..done) {
                self.ids.remove(&id);
            }
        }
        self.oldest = None;
        Ok(())
    }
}

impl Ledger {
    /// The message was answered with a 2xx: its row has to go.
    pub fn delivered(&mut self, id: RowId, now: Duration) {
        self.delivered.add(id, now);
    }

    /// The reminder could not be delivered: its row becomes an ordinary message.
    pub fn missed(&mut self, id: RowId, now: Duration) {
        self.ordinary.add(id, now);
    }

    /// Whether the row must not be sent now, because what the table says of it is out of date.
    pub fn holds(&self, id: RowId) -> bool {
        self.delivered.ids.contains(&id) || self.ordinary.ids.contains(&id)
    }

    /// When the table should be told at the latest; `None` when there is nothing to tell.
    pub fn due(&self) -> Option<Duration> {
        let pending = [&self.delivered, &self.ordinary];
        if pending.iter().any(|pending| pending.order.len() >= GROUP) {
            return Some(Duration::ZERO);
        }
        pending.iter().filter_map(|pending| pending.oldest).min().map(|oldest| oldest.saturating_add(LONGEST_WAIT))
    }

    /// How many rows the table has not been told about.
    pub fn unwritten(&self) -> usize {
        self.delivered.order.len() + self.ordinary.order.len()
    }

    /// Tells the table.
    ///
    /// # Errors
    /// When the table did not take it; what is left will be told next time.
    pub fn settle(&mut self, store: &mut impl Store) -> Result<(), StoreError> {
        self.delivered.settle(|ids| store.delete(ids))?;
        self.ordinary.settle(|ids| store.make_ordinary(ids))
    }
}
