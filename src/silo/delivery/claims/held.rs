//! The rows that this server has claimed.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

#[derive(Debug)]
struct Hold {
    /// Whose inbox the row is in. A database may give its id to a message for somebody else, once it is gone.
    owner: Rc<Aor>,
    /// Before this the statement began that took it, or renewed it last.
    since: Duration,
    /// Its fate is known; it is kept until the table is told.
    settled: bool,
}

/// All that this process has claimed and not given back.
#[derive(Debug, Default)]
pub struct Held {
    rows: HashMap<RowId, Hold>,
    /// What was claimed for whom: also rows that are gone.
    by_owner: HashMap<Rc<Aor>, Vec<RowId>>,
    settled: Vec<RowId>,
    /// Rows that the table has still to be told are free.
    releasing: HashSet<RowId>,
    /// No row is held for longer.
    oldest: Option<Duration>,
}

impl Held {
    /// These rows of an inbox were claimed by a statement that began at `since`.
    pub fn add(&mut self, owner: &Aor, ids: impl IntoIterator<Item = RowId>, since: Duration) {
        let owner = Rc::new(owner.clone());
        let list = self.by_owner.entry(Rc::clone(&owner)).or_default();
        for id in ids {
            self.releasing.remove(&id);
            let before = self.rows.insert(id, Hold { owner: Rc::clone(&owner), since, settled: false });
            if before.is_none_or(|hold| hold.owner != owner) {
                list.push(id);
            }
            self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
        }
    }

    /// Whether this row of an inbox is held, and its fate not known.
    pub fn has(&self, owner: &Aor, id: RowId) -> bool {
        self.hold(owner, id).is_some_and(|hold| !hold.settled)
    }

    /// Whether the table says of this row of an inbox rightly that this server has it.
    pub fn knows(&self, owner: &Aor, id: RowId) -> bool {
        self.hold(owner, id).is_some()
    }

    fn hold(&self, owner: &Aor, id: RowId) -> Option<&Hold> {
        self.rows.get(&id).filter(|hold| *hold.owner == *owner)
    }

    /// See [`super::Claims::settled`].
    pub fn settled(&mut self, id: RowId) {
        if let Some(hold) = self.rows.get_mut(&id).filter(|hold| !hold.settled) {
            hold.settled = true;
            self.settled.push(id);
        }
    }

    /// See [`super::Claims::written`].
    pub fn forget_written(&mut self, is_unwritten: impl Fn(RowId) -> bool) {
        let rows = &mut self.rows;
        self.settled.retain(|&id| {
            let stays = is_unwritten(id);
            if !stays {
                rows.remove(&id);
            }
            stays
        });
        self.look_for_oldest_if_empty();
    }

    /// Nothing more is sent from this inbox for now: what is left of it is to be released.
    pub fn release_all_of(&mut self, owner: &Aor) {
        for id in self.by_owner.remove(owner).unwrap_or_default() {
            if self.has(owner, id) {
                self.rows.remove(&id);
                self.releasing.insert(id);
            }
        }
        self.look_for_oldest_if_empty();
    }

    /// These are to be released, whether they are known or not.
    pub fn release(&mut self, ids: impl IntoIterator<Item = RowId>) {
        for id in ids {
            self.rows.remove(&id);
            self.releasing.insert(id);
        }
        self.look_for_oldest_if_empty();
    }

    /// Nothing more is sent at all.
    pub fn release_everything(&mut self) {
        let owners: Vec<_> = self.by_owner.keys().cloned().collect();
        owners.iter().for_each(|owner| self.release_all_of(owner));
    }

    /// Whether the table has to be told that rows are free.
    pub fn has_to_release(&self) -> bool {
        !self.releasing.is_empty()
    }

    /// Those rows.
    pub fn to_release(&self) -> Vec<RowId> {
        let mut ids: Vec<_> = self.releasing.iter().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The table was told.
    pub fn released(&mut self, ids: &[RowId]) {
        self.releasing.retain(|id| !ids.contains(id));
    }

    /// Since when some row is held, or a little before.
    pub fn oldest(&self) -> Option<Duration> {
        self.oldest
    }

    /// The rows that are held since `then` or longer, in order.
    pub fn held_since(&self, then: Duration) -> Vec<RowId> {
        let mut ids: Vec<_> = self.rows.iter().filter(|(_, hold)| hold.since <= then).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// Of the rows in `asked`, all but `kept` are lost; those were renewed by a statement that began at `since`. Returns the
    /// lost ones.
    pub fn renewed(&mut self, asked: &[RowId], kept: &[RowId], since: Duration) -> HashSet<RowId> {
        let mut lost: HashSet<RowId> = asked.iter().copied().collect();
        for id in kept {
            lost.remove(id);
            if let Some(hold) = self.rows.get_mut(id) {
                hold.since = since;
            }
        }
        self.rows.retain(|id, _| !lost.contains(id));
        self.oldest = self.rows.values().map(|hold| hold.since).min();
        lost
    }

    fn look_for_oldest_if_empty(&mut self) {
        if self.rows.is_empty() {
            self.oldest = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::fakes::bob;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_was_not_delivered_is_released_at_the_end_of_the_run() {
        let mut held = Held::default();
        held.add(&bob(), 1..=4, SECOND);
        held.settled(2);
        assert!(held.has(&bob(), 1) && !held.has(&bob(), 2) && held.knows(&bob(), 2));
        held.release_all_of(&bob());
        assert_eq!(held.to_release(), [1, 3, 4]);
        held.released(&[1, 3]);
        assert_eq!(held.to_release(), [4]);
        held.forget_written(|_| true);
        assert!(held.knows(&bob(), 2), "its DELETE waits");
        held.forget_written(|_| false);
        assert_eq!((held.knows(&bob(), 2), held.oldest()), (false, None));
    }

    #[test]
    fn what_is_claimed_again_is_not_released() {
        let mut held = Held::default();
        held.add(&bob(), [1], SECOND);
        held.release_all_of(&bob());
        held.add(&bob(), [1], 2 * SECOND);
        assert!(!held.has_to_release() && held.has(&bob(), 1));
        held.release_everything();
        assert_eq!(held.to_release(), [1]);
    }

    #[test]
    fn only_what_is_old_is_renewed_and_what_is_lost_is_known() {
        let mut held = Held::default();
        held.add(&bob(), 1..=3, SECOND);
        held.add(&bob(), [4], 5 * SECOND);
        assert_eq!(held.held_since(2 * SECOND), [1, 2, 3]);
        assert_eq!(held.renewed(&[1, 2, 3], &[1, 3], 9 * SECOND), [2].into());
        let has = [1, 2].map(|id| held.has(&bob(), id));
        assert_eq!((held.oldest(), has), (Some(5 * SECOND), [true, false]));
        held.release_all_of(&bob());
        assert_eq!(held.to_release(), [1, 3, 4]);
    }

    #[test]
    fn a_row_that_has_got_the_id_of_another_is_its_own() {
        let (mut held, carol) = (Held::default(), Aor::new(b"carol", b"x").unwrap());
        held.add(&bob(), 1..=2, SECOND);
        assert!(held.knows(&bob(), 2) && !held.knows(&carol, 2));
        held.add(&carol, [2], 2 * SECOND);
        assert!(!held.has(&bob(), 2) && held.has(&carol, 2));
        held.release_all_of(&bob());
        assert_eq!(held.to_release(), [1]);
        held.release_all_of(&carol);
        assert_eq!(held.to_release(), [1, 2]);
    }
}
