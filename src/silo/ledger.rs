//! What has to be written to the table after a delivery, and is remembered until it was.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::message::RowId;
use super::store::{Store, StoreError};
use super::time::Clock;

/// A row is gone within a quarter of a second of its 200; this leaves room for a slow loop and a slow database.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// So many ids make one statement.
const GROUP: usize = 200;
/// After so many halvings a group is a single id.
const HALVINGS: u32 = GROUP.ilog2() + 1;
/// How long a table that refused is left alone.
const RETRY: Duration = Duration::from_secs(1);
/// How long the end of the process may take.
const LONGEST_END: Duration = Duration::from_secs(5);
/// So many unwritten deliveries are too many.
const FULL: usize = 1_000;

/// Rows whose delivery is settled but whose change in the table is not made yet.
///
/// An id stays here until the table has it, however often that fails: as long as it does, the row is not sent
/// again.
#[derive(Debug, Default)]
pub struct Ledger {
    delivered: Pending,
    ordinary: Pending,
    /// Set after a failure: not before then is it tried again.
    not_before: Option<Duration>,
}

#[derive(Debug)]
struct Pending {
    ids: HashSet<RowId>,
    order: VecDeque<RowId>,
    oldest: Option<Duration>,
    /// How many ids the next statement takes. One row that the table does not let go must not hold the others, so
    /// after a failure the groups get smaller until they pass it.
    group: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self { ids: HashSet::new(), order: VecDeque::new(), oldest: None, group: GROUP }
    }
}

impl Pending {
    fn add(&mut self, id: RowId, now: Duration) {
        if self.ids.insert(id) {
            self.order.push_back(id);
            self.oldest.get_or_insert(now);
        }
    }

    /// Works off everything, group by group, up to the first that fails; that one goes to the end of the line.
    fn settle(&mut self, mut change: impl FnMut(&[RowId]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        while !self.order.is_empty() {
            let group: Vec<_> = self.order.drain(..self.order.len().min(self.group)).collect();
            if let Err(error) = change(&group) {
                self.order.extend(group);
                self.group = (self.group / 2).max(1);
                return Err(error);
            }
            self.group = (self.group * 2).min(GROUP);
            for id in group {
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
        if self.unwritten() > 0 && self.not_before.is_some() {
            return self.not_before;
        }
        if pending.iter().any(|pending| pending.order.len() >= GROUP) {
            return Some(Duration::ZERO);
        }
        pending.iter().filter_map(|pending| pending.oldest).min().map(|oldest| oldest.saturating_add(LONGEST_WAIT))
    }

    /// Whether so much is not written down that nothing more should be delivered: all of it would be delivered
    /// again if the process were killed now.
    pub fn is_full(&self) -> bool {
        self.unwritten() >= FULL
    }

    /// How many rows the table has not been told about.
    pub fn unwritten(&self) -> usize {
        self.delivered.order.len() + self.ordinary.order.len()
    }

    /// Tells the table.
    ///
    /// # Errors
    /// When the table did not take all of it; what is left will be told a second later.
    pub fn settle(&mut self, store: &mut impl Store, now: Duration) -> Result<(), StoreError> {
        let deleted = self.delivered.settle(|ids| store.delete(ids));
        let changed = self.ordinary.settle(|ids| store.make_ordinary(ids));
        let settled = deleted.and(changed);
        self.not_before = settled.is_err().then(|| now.saturating_add(RETRY));
        settled
    }

    /// Tells the table all it takes: at the end there is no second later, so what it refuses is passed over.
    ///
    /// # Errors
    /// When something is left that the table does not take.
    pub fn settle_at_the_end(&mut self, store: &mut impl Store, clock: &impl Clock) -> Result<(), StoreError> {
        let (begin, mut in_vain) = (clock.monotonic(), 0);
        loop {
            let before = self.unwritten();
            let settled = self.settle(store, clock.monotonic());
            in_vain = if self.unwritten() < before { 0 } else { in_vain + 1 };
            let over = clock.monotonic().saturating_sub(begin) >= LONGEST_END;
            if settled.is_ok() || over || in_vain > HALVINGS {
                return settled;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fakes::Fake;
    use super::*;

    fn ledger(ids: std::ops::RangeInclusive<RowId>) -> Ledger {
        let mut ledger = Ledger::default();
        ids.for_each(|id| ledger.delivered(id, Duration::ZERO));
        ledger
    }

    #[test]
    fn a_row_that_the_table_keeps_does_not_hold_the_others() {
        let mut fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut ledger = ledger(1..=200);
        for second in 0..30 {
            let _ = ledger.settle(&mut fake, Duration::from_secs(second));
        }
        assert_eq!(ledger.unwritten(), 1);
        assert!(ledger.holds(7) && !ledger.holds(8));
        fake.0.undeletable.set(None);
        ledger.settle(&mut fake, Duration::from_secs(31)).unwrap();
        assert_eq!((ledger.unwritten(), ledger.due()), (0, None));
    }

    #[test]
    fn at_the_end_everything_is_written_down_that_can_be() {
        let mut fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut ledger = ledger(1..=200);
        ledger.missed(300, Duration::ZERO);
        let clock = fake.clone();
        assert!(ledger.settle_at_the_end(&mut fake, &clock).is_err());
        assert_eq!(ledger.unwritten(), 1);
    }

    #[test]
    fn a_table_that_refuses_is_asked_again_a_second_later() {
        let mut fake = Fake::default();
        fake.0.store_is_down.set(true);
        let mut ledger = ledger(1..=3);
        assert!(ledger.settle(&mut fake, Duration::from_secs(5)).is_err());
        assert_eq!(ledger.due(), Some(Duration::from_secs(6)));
        assert!(!ledger.is_full());
    }
}
