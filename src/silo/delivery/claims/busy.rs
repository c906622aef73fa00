//! Inboxes that another server is delivering from: they are looked at again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::silo::message::aor::Aor;

/// So many wait at most; whoever finds no place is left to the next dump.
const MOST: usize = 10_000;
const SECOND: Duration = Duration::from_secs(1);
/// The longest pause while the other server may be waiting for a phone that is dead: tm says 408 after 30 s, and then the
/// inbox is free.
const SHORT: Duration = Duration::from_secs(4);
/// So long that may take.
const PATIENT: Duration = Duration::from_secs(120);
/// The longest pause.
const LONG: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
struct Look {
    since: Duration,
    pause: Duration,
    /// When to look again; `None` while that is being done.
    at: Option<Duration>,
}

/// Who waits, and until when.
#[derive(Debug, Default)]
pub struct Busy {
    looks: HashMap<Aor, Look>,
    /// When to look for whom. What does not agree with `looks` is out of date.
    line: BTreeMap<Duration, Vec<Aor>>,
}

impl Busy {
    /// The inbox was found busy: it is looked at again after 1, 2, 4 s and so on. Returns whether there was room for it.
    pub fn add(&mut self, owner: &Aor, now: Duration) -> bool {
        let is_full = self.looks.len() >= MOST;
        let look = match self.looks.get_mut(owner) {
            Some(look) => {
                let longest = if now.saturating_sub(look.since) < PATIENT { SHORT } else { LONG };
                look.pause = (look.pause * 2).min(longest).max(look.pause);
                look
            }
            None if is_full => return false,
            None => self.looks.entry(owner.clone()).or_insert(Look { since: now, pause: SECOND, at: None }),
        };
        let at = now.saturating_add(look.pause);
        look.at = Some(at);
        self.line.entry(at).or_default().push(owner.clone());
        true
    }

    /// The inbox is busy no more, or nobody wants it any more.
    pub fn remove(&mut self, owner: &Aor) {
        if !self.looks.is_empty() {
            self.looks.remove(owner);
        }
    }

    /// Somebody wants the inbox now: whether it waited, which it does no more.
    pub fn wake(&mut self, owner: &Aor) -> bool {
        self.looks.get_mut(owner).is_some_and(|look| look.at.take().is_some())
    }

    /// Those whose time has come.
    pub fn take_due(&mut self, now: Duration) -> Vec<Aor> {
        let mut due = Vec::new();
        while let Some(first) = self.line.first_entry().filter(|first| *first.key() <= now) {
            let (at, owners) = first.remove_entry();
            for owner in owners {
                if let Some(look) = self.looks.get_mut(&owner).filter(|look| look.at == Some(at)) {
                    look.at = None;
                    due.push(owner);
                }
            }
        }
        due
    }

    /// When somebody's time comes.
    pub fn next(&self) -> Option<Duration> {
        self.line.first_key_value().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::fakes::bob;

    #[test]
    fn the_looks_get_rarer_and_stay_frequent_while_a_phone_may_be_waited_for() {
        let (mut busy, mut now, mut pauses) = (Busy::default(), Duration::ZERO, Vec::new());
        while now < Duration::from_secs(300) {
            assert!(busy.add(&bob(), now));
            let next = busy.next().unwrap();
            pauses.push((next - now).as_secs());
            now = next;
            assert_eq!((busy.take_due(now - SECOND / 2), busy.take_due(now)), (vec![], vec![bob()]));
        }
        assert_eq!(pauses[..5], [1, 2, 4, 4, 4]);
        assert_eq!(pauses.iter().rev().take(3).copied().collect::<Vec<_>>(), [30, 30, 30]);
        assert!(pauses.is_sorted());
    }

    #[test]
    fn who_is_asked_for_is_looked_at_at_once_and_then_not_again_for_the_old_reason() {
        let mut busy = Busy::default();
        busy.add(&bob(), SECOND);
        assert!(busy.wake(&bob()) && !busy.wake(&bob()));
        assert_eq!(busy.take_due(10 * SECOND), []);
        busy.add(&bob(), 10 * SECOND);
        assert_eq!(busy.next(), Some(12 * SECOND));
        busy.remove(&bob());
        assert_eq!(busy.take_due(20 * SECOND), []);
        assert!(!busy.wake(&bob()) && busy.next().is_none());
    }

    #[test]
    fn there_is_room_for_many_but_not_for_all() {
        let mut busy = Busy::default();
        let owner = |number: usize| Aor::new(number.to_string().as_bytes(), b"x").unwrap();
        assert!((0..MOST).all(|number| busy.add(&owner(number), SECOND)));
        assert!(!busy.add(&owner(MOST), SECOND) && busy.add(&owner(0), SECOND));
    }
}
