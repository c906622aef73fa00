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
/// So often a second a statement that failed is tried in halves, to find the rows that the table does not let go.
const HALVINGS: usize = 16;
/// A table that takes so long to refuse one statement takes nothing.
const SLOW: Duration = Duration::from_millis(500);
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
    /// Set while the table takes nothing at all: not before then is it tried again.
    not_before: Option<Duration>,
    /// When the rows that the table does not let go are tried again.
    retry_at: Duration,
    /// Halvings that are left until then.
    halvings: usize,
}

#[derive(Debug)]
struct Pending {
    ids: HashSet<RowId>,
    order: VecDeque<RowId>,
    oldest: Option<Duration>,
    /// Rows that the table did not let go. They wait apart, so that they do not hold the others.
    refused: VecDeque<RowId>,
    /// How many of those the next statement takes: fewer after each failure, more after each success.
    group: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self { ids: HashSet::new(), order: VecDeque::new(), oldest: None, refused: VecDeque::new(), group: GROUP }
    }
}

/// One turn of telling the table.
struct Turn<'a, S, C> {
    store: &'a mut S,
    clock: &'a C,
    /// Statements that failed are not tried in halves after that.
    end: Duration,
    /// How often they may be.
    halvings: usize,
    /// Why the last row was refused.
    refusal: Option<StoreError>,
}

/// A change of rows in the table.
type Change<S> = fn(&mut S, &[RowId]) -> Result<(), StoreError>;

impl<S: Store, C: Clock> Turn<'_, S, C> {
    fn may_halve(&self) -> bool {
        self.halvings > 0 && self.clock.monotonic() < self.end
    }

    /// Makes a change, and says whether the table was quick to take or refuse it.
    fn make(&mut self, change: Change<S>, group: &[RowId]) -> (Result<(), StoreError>, bool) {
        let begin = self.clock.monotonic();
        let made = change(self.store, group);
        (made, self.clock.monotonic().saturating_sub(begin) < SLOW)
    }
}

impl Pending {
    fn add(&mut self, id: RowId, now: Duration) {
        if self.ids.insert(id) {
            self.order.push_back(id);
            self.oldest.get_or_insert(now);
        }
    }

    fn written(&mut self, group: &[RowId]) {
        for id in group {
            self.ids.remove(id);
        }
    }

    /// Works off what was not refused before. A group that fails is tried in halves, as often as the turn allows;
    /// what is still refused then waits apart.
    ///
    /// Fails when the table takes nothing at all, and then everything waits.
    fn write<S: Store, C: Clock>(&mut self, turn: &mut Turn<'_, S, C>, change: Change<S>) -> Result<(), StoreError> {
        let mut works = false;
        while !self.order.is_empty() {
            let mut groups = vec![self.order.drain(..self.order.len().min(GROUP)).collect::<Vec<_>>()];
            while let Some(group) = groups.pop() {
                let (made, quick) = turn.make(change, &group);
                let Err(error) = made else {
                    works = true;
                    self.written(&group);
                    continue;
                };
                if !quick || !(works || turn.store.check().is_ok()) {
                    self.order.extend(groups.into_iter().flatten().chain(group));
                    return Err(error);
                }
                if group.len() > 1 && turn.may_halve() {
                    turn.halvings -= 1;
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second.to_vec(), first.to_vec()]);
                } else {
                    turn.refusal = Some(error);
                    self.refused.extend(group);
                }
            }
        }
        self.oldest = None;
        Ok(())
    }

    /// Tries what was refused again, group by group, up to the first that fails; that one goes to the end of the
    /// line.
    fn retry<S: Store>(&mut self, store: &mut S, change: Change<S>) -> Result<(), StoreError> {
        while !self.refused.is_empty() {
            let group: Vec<_> = self.refused.drain(..self.refused.len().min(self.group)).collect();
            if let Err(error) = change(store, &group) {
                self.refused.extend(group);
                self.group = (self.group / 2).max(1);
                return Err(error);
            }
            self.group = (self.group * 2).min(GROUP);
            self.written(&group);
        }
        self.group = GROUP;
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
        let fresh =
            pending.iter().filter_map(|pending| pending.oldest).map(|oldest| oldest.saturating_add(LONGEST_WAIT));
        let refused = pending.iter().any(|pending| !pending.refused.is_empty()).then_some(self.retry_at);
        fresh.chain(refused).min()
    }

    /// Whether so much is not written down that nothing more should be delivered: all of it would be delivered
    /// again if the process were killed now.
    pub fn is_full(&self) -> bool {
        self.unwritten() >= FULL
    }

    /// How many rows the table has not been told about.
    pub fn unwritten(&self) -> usize {
        self.delivered.ids.len() + self.ordinary.ids.len()
    }

    /// Tells the table.
    ///
    /// # Errors
    /// When the table takes nothing, or still does not let go what it has refused before; what is left will be told
    /// a second later.
    pub fn settle<S: Store>(&mut self, store: &mut S, clock: &impl Clock) -> Result<(), StoreError> {
        let begin = clock.monotonic();
        let retries = begin >= self.retry_at;
        if retries {
            self.halvings = HALVINGS;
            self.retry_at = begin.saturating_add(RETRY);
        }
        let mut turn = Turn { store, clock, end: begin.saturating_add(SLOW), halvings: self.halvings, refusal: None };
        let deleted = self.delivered.write(&mut turn, S::delete);
        let written = deleted.and_then(|()| self.ordinary.write(&mut turn, S::make_ordinary));
        self.halvings = turn.halvings;
        self.not_before = written.is_err().then(|| clock.monotonic().saturating_add(RETRY));
        written?;
        if !retries {
            return Ok(());
        }
        let deleted = self.delivered.retry(store, S::delete);
        deleted.and(self.ordinary.retry(store, S::make_ordinary))
    }

    /// Tells the table all it takes: at the end there is no second later, so what it refuses is passed over.
    ///
    /// # Errors
    /// When something is left that the table does not take.
    pub fn settle_at_the_end<S: Store>(&mut self, store: &mut S, clock: &impl Clock) -> Result<(), StoreError> {
        let end = clock.monotonic().saturating_add(LONGEST_END);
        let mut turn = Turn { store, clock, end, halvings: usize::MAX, refusal: None };
        for pending in [&mut self.delivered, &mut self.ordinary] {
            pending.order.append(&mut pending.refused);
        }
        self.delivered.write(&mut turn, S::delete)?;
        self.ordinary.write(&mut turn, S::make_ordinary)?;
        turn.refusal.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fakes::Fake;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ledger(ids: std::ops::RangeInclusive<RowId>) -> Ledger {
        let mut ledger = Ledger::default();
        ids.for_each(|id| ledger.delivered(id, Duration::ZERO));
        ledger
    }

    fn settle(ledger: &mut Ledger, fake: &Fake) -> Result<(), StoreError> {
        ledger.settle(&mut fake.clone(), fake)
    }

    #[test]
    fn a_row_that_the_table_keeps_does_not_hold_the_others() {
        let fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut ledger = ledger(1..=200);
        assert!(settle(&mut ledger, &fake).is_err());
        assert_eq!(ledger.unwritten(), 1);
        assert!(ledger.holds(7) && !ledger.holds(8));
        fake.0.undeletable.set(None);
        fake.wait(SECOND);
        settle(&mut ledger, &fake).unwrap();
        assert_eq!((ledger.unwritten(), ledger.due()), (0, None));
    }

    #[test]
    fn while_the_table_keeps_a_row_the_others_go_as_soon_as_ever() {
        let fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut ledger = ledger(7..=7);
        assert!(settle(&mut ledger, &fake).is_err());
        assert_eq!(ledger.due(), Some(SECOND));
        ledger.delivered(8, Duration::ZERO);
        assert_eq!(ledger.due(), Some(LONGEST_WAIT));
        settle(&mut ledger, &fake).unwrap();
        assert!(ledger.holds(7) && !ledger.holds(8));
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
        let fake = Fake::default();
        fake.0.store_is_down.set(true);
        fake.wait(5 * SECOND);
        let mut ledger = ledger(1..=3);
        assert!(settle(&mut ledger, &fake).is_err());
        assert_eq!(ledger.due(), Some(6 * SECOND));
        assert!(!ledger.is_full());
    }
}
