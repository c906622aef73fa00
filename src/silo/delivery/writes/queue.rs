//! One kind of change that the table still has to be told about.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::silo::message::model::RowId;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::{Clock, UnixTime};

/// So long the table waits at most while there is always something else to do: what is answered meanwhile comes twice
/// when the process is killed.
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(8);
/// So many ids make one statement.
const GROUP: usize = 200;
/// A table that takes so long to refuse one statement takes nothing.
pub(super) const SLOW: Duration = Duration::from_millis(500);

/// A change of rows in the table.
pub(super) type Change<S> = fn(&mut S, &[RowId]) -> Result<(), StoreError>;

/// What became of one statement.
enum Outcome {
    Made,
    /// The table does not let go one of these rows.
    Refused(StoreError),
    /// The table takes nothing at all.
    Away(StoreError),
}

/// One turn of telling the table.
pub(super) struct Attempt<'a, S, C> {
    pub store: &'a mut S,
    pub clock: &'a C,
    /// Statements that were refused are not tried in halves after that.
    pub end: Duration,
    /// How often they may be.
    pub halvings: usize,
    /// A statement of this turn has worked, so the table is there.
    pub works: bool,
    /// Why the last rows were refused.
    pub refusal: Option<StoreError>,
}

impl<S: Store, C: Clock> Attempt<'_, S, C> {
    fn make(&mut self, change: Change<S>, group: &[RowId]) -> Outcome {
        let begin = self.clock.monotonic();
        let Err(error) = change(self.store, group) else {
            self.works = true;
            return Outcome::Made;
        };
        let quick = self.clock.monotonic().saturating_sub(begin) < SLOW;
        match quick && (self.works || self.store.check().is_ok()) {
            true => Outcome::Refused(error),
            false => Outcome::Away(error),
        }
    }

    fn may_halve(&mut self) -> bool {
        let may = self.halvings > 0 && self.clock.monotonic() < self.end;
        self.halvings -= usize::from(may);
        may
    }
}

/// Rows whose change is not made yet.
#[derive(Debug)]
pub(super) struct WriteQueue {
    /// Until when each is there for sure: then the table is not told any more, because another message may have the id.
    ids: HashMap<RowId, UnixTime>,
    /// Those that the table was not told about, in the order they came in.
    fresh: VecDeque<RowId>,
    /// When the first of those came in.
    oldest: Option<Duration>,
    /// Those that the table did not let go. They wait apart, so that they do not hold the others.
    refused: VecDeque<RowId>,
    /// How many of those the next statement takes: fewer after each failure, more after each success.
    group: usize,
}

impl Default for WriteQueue {
    fn default() -> Self {
        Self { ids: HashMap::new(), fresh: VecDeque::new(), oldest: None, refused: VecDeque::new(), group: GROUP }
    }
}

impl WriteQueue {
    pub fn add(&mut self, id: RowId, until: UnixTime, now: Duration) {
        if self.ids.insert(id, until).is_none() {
            self.fresh.push_back(id);
            self.oldest.get_or_insert(now);
        }
    }

    pub fn holds(&self, id: RowId) -> bool {
        self.ids.contains_key(&id)
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// When the table should be told at the latest, where there is nothing else to do from `quiet_at` on, `most` changes do
    /// not wait, and it is told again what it refused at `retry_at`.
    pub fn due(&self, quiet_at: Duration, most: usize, retry_at: Duration) -> Option<Duration> {
        if self.fresh.len() >= most.min(GROUP) {
            return Some(Duration::ZERO);
        }
        let fresh = self.oldest.map(|oldest| oldest.saturating_add(LONGEST_WAIT).min(quiet_at));
        let refused = (!self.refused.is_empty()).then_some(retry_at);
        fresh.into_iter().chain(refused).min()
    }

    /// Forgets what was refused: all is fresh.
    pub fn freshen(&mut self) {
        self.fresh.append(&mut self.refused);
    }

    /// Makes fresh whatever is not written, wherever it was.
    pub fn recover(&mut self) {
        self.refused.clear();
        self.fresh = self.ids.keys().copied().collect();
        self.fresh.make_contiguous().sort_unstable();
    }

    /// Forgets the rows that are over at `now`.
    pub fn forget_over(&mut self, now: UnixTime) {
        let (before, ids) = (self.ids.len(), &mut self.ids);
        ids.retain(|_, until| *until > now);
        if ids.len() == before {
            return;
        }
        self.fresh.retain(|id| ids.contains_key(id));
        self.refused.retain(|id| ids.contains_key(id));
    }

    /// Works off what is fresh. A group that is refused is tried in halves, as often as the turn allows; what is
    /// still refused then waits apart.
    ///
    /// # Errors
    /// When the table takes nothing at all, and then everything waits.
    pub fn write<S: Store, C: Clock>(
        &mut self,
        turn: &mut Attempt<'_, S, C>,
        change: Change<S>,
    ) -> Result<(), StoreError> {
        while !self.fresh.is_empty() {
            let mut groups = vec![self.fresh.drain(..self.fresh.len().min(GROUP)).collect::<Vec<_>>()];
            while let Some(group) = groups.pop() {
                match turn.make(change, &group) {
                    Outcome::Made => self.written(&group),
                    Outcome::Refused(_) if group.len() > 1 && turn.may_halve() => {
                        let (first, second) = group.split_at(group.len() / 2);
                        groups.extend([second.to_vec(), first.to_vec()]);
                    }
                    Outcome::Refused(error) => {
                        turn.refusal = Some(error);
                        self.refused.extend(group);
                    }
                    Outcome::Away(error) => {
                        self.fresh.extend(groups.into_iter().flatten().chain(group));
                        return Err(error);
                    }
                }
            }
        }
        self.oldest = None;
        Ok(())
    }

    /// Tries what was refused again, group by group, up to the first that is refused again; that one goes to the end
    /// of the line.
    ///
    /// # Errors
    /// When there is such a one.
    pub fn retry<S: Store>(&mut self, store: &mut S, change: Change<S>) -> Result<(), StoreError> {
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

    fn written(&mut self, group: &[RowId]) {
        for id in group {
            self.ids.remove(id);
        }
    }
}
