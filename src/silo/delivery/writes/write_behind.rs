//! What has to be written to the table after a delivery, and is remembered until it was.

use std::time::Duration;

use super::queue::{Attempt, WriteQueue, SLOW};
use crate::silo::message::model::RowId;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::{Clock, UnixTime};

/// So often a second a statement that was refused is tried in halves, to find the rows that the table does not let go.
/// Each is a line in the log of the driver.
const HALVINGS: usize = 16;
/// How long a table that refused is left alone.
const RETRY: Duration = Duration::from_secs(1);
/// How long the end of the process may take.
const LONGEST_END: Duration = Duration::from_secs(5);
/// So many unwritten deliveries are too many.
const FULL: usize = 1_000;

/// Rows whose delivery is settled but whose change in the table is not made yet.
///
/// An id stays here until the table has it, however often that fails: as long as it does, the row is not sent
/// again. Or until the row is over: then it is not sent anyway, and the id may be another's.
#[derive(Debug, Default)]
pub struct WriteBehind {
    /// Their rows have to go.
    delivered: WriteQueue,
    /// Their rows have to become ordinary messages.
    ordinary: WriteQueue,
    /// Set while the table takes nothing at all: not before then is it tried again.
    not_before: Option<Duration>,
    /// When the rows that the table does not let go are tried again.
    retry_at: Duration,
    /// Halvings that are left until then.
    halvings: usize,
}

impl WriteBehind {
    /// The message was answered with a 2xx: its row, which is there until then at least, has to go.
    pub fn delivered(&mut self, id: RowId, until: UnixTime, now: Duration) {
        self.delivered.add(id, until, now);
    }

    /// The reminder could not be delivered: its row, which is there until then at least, becomes an ordinary message.
    pub fn missed(&mut self, id: RowId, until: UnixTime, now: Duration) {
        self.ordinary.add(id, until, now);
    }

    /// Tells the table everything again, a second from `now`, after something went wrong in the middle of it.
    pub fn recover(&mut self, now: Duration) {
        self.delivered.recover();
        self.ordinary.recover();
        self.not_before = Some(now.saturating_add(RETRY));
    }

    /// Whether the row must not be sent now, because what the table says of it is out of date.
    pub fn holds(&self, id: RowId) -> bool {
        self.delivered.holds(id) || self.ordinary.holds(id)
    }

    /// Whether the message was delivered, and only waits for its DELETE.
    pub fn is_delivered(&self, id: RowId) -> bool {
        self.delivered.holds(id)
    }

    /// Whether the table has not taken anything when it was told last.
    pub fn is_held_up(&self) -> bool {
        self.not_before.is_some()
    }

    /// When the table should be told at the latest, where there is nothing else to do from `quiet_at` on, and `most` changes
    /// do not wait; `None` when there is nothing to tell.
    pub fn due(&self, quiet_at: Duration, most: usize) -> Option<Duration> {
        if self.unwritten() > 0 && self.not_before.is_some() {
            return self.not_before;
        }
        [&self.delivered, &self.ordinary]
            .into_iter()
            .filter_map(|pending| pending.due(quiet_at, most, self.retry_at))
            .min()
    }

    /// Whether so much is not written down that nothing more should be delivered: all of it would be delivered
    /// again if the process were killed now.
    pub fn is_full(&self) -> bool {
        self.unwritten() >= FULL
    }

    /// How many rows the table has not been told about.
    pub fn unwritten(&self) -> usize {
        self.delivered.len() + self.ordinary.len()
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
        let end = begin.saturating_add(SLOW);
        let mut turn = Attempt { store, clock, end, halvings: self.halvings, works: false, refusal: None };
        let written = self.write(&mut turn);
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
        let mut turn = Attempt { store, clock, end, halvings: usize::MAX, works: false, refusal: None };
        self.delivered.freshen();
        self.ordinary.freshen();
        self.write(&mut turn)?;
        turn.refusal.map_or(Ok(()), Err)
    }

    fn write<S: Store, C: Clock>(&mut self, turn: &mut Attempt<'_, S, C>) -> Result<(), StoreError> {
        let now = turn.clock.now();
        [&mut self.delivered, &mut self.ordinary].into_iter().for_each(|queue| queue.forget_over(now));
        self.delivered.write(turn, S::delete)?;
        self.ordinary.write(turn, S::make_ordinary)
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::LONGEST_WAIT;
    use super::*;
    use crate::silo::fakes::Fake;

    const SECOND: Duration = Duration::from_secs(1);

    fn writes(ids: std::ops::RangeInclusive<RowId>) -> WriteBehind {
        let mut writes = WriteBehind::default();
        ids.for_each(|id| writes.delivered(id, UnixTime::MAX, Duration::ZERO));
        writes
    }

    fn settle(writes: &mut WriteBehind, fake: &Fake) -> Result<(), StoreError> {
        writes.settle(&mut fake.clone(), fake)
    }

    #[test]
    fn a_row_that_the_table_keeps_does_not_hold_the_others() {
        let fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut writes = writes(1..=200);
        assert!(settle(&mut writes, &fake).is_err());
        assert_eq!(writes.unwritten(), 1);
        assert!(writes.holds(7) && !writes.holds(8));
        fake.0.undeletable.set(None);
        fake.wait(SECOND);
        settle(&mut writes, &fake).unwrap();
        assert_eq!((writes.unwritten(), writes.due(Duration::ZERO, 9)), (0, None));
    }

    #[test]
    fn while_the_table_keeps_a_row_the_others_go_as_soon_as_ever() {
        let fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut writes = writes(7..=7);
        assert!(settle(&mut writes, &fake).is_err());
        assert_eq!(writes.due(SECOND, 9), Some(SECOND));
        writes.delivered(8, UnixTime::MAX, Duration::ZERO);
        assert_eq!(writes.due(SECOND, 9), Some(LONGEST_WAIT));
        assert_eq!(writes.due(LONGEST_WAIT / 2, 9), Some(LONGEST_WAIT / 2));
        assert_eq!(writes.due(SECOND, 1), Some(Duration::ZERO));
        settle(&mut writes, &fake).unwrap();
        assert!(writes.holds(7) && !writes.holds(8));
    }

    #[test]
    fn at_the_end_everything_is_written_down_that_can_be() {
        let mut fake = Fake::default();
        fake.0.undeletable.set(Some(7));
        let mut writes = writes(1..=200);
        writes.missed(300, UnixTime::MAX, Duration::ZERO);
        let clock = fake.clone();
        assert!(writes.settle_at_the_end(&mut fake, &clock).is_err());
        assert_eq!(writes.unwritten(), 1);
    }

    #[test]
    fn a_table_that_refuses_is_asked_again_a_second_later() {
        let fake = Fake::default();
        fake.0.store_is_down.set(true);
        fake.wait(5 * SECOND);
        let mut writes = writes(1..=3);
        assert!(settle(&mut writes, &fake).is_err());
        assert_eq!(writes.due(Duration::ZERO, 9), Some(6 * SECOND));
        assert!(!writes.is_full());
    }
}
