//! Users who have just come online, and of whom most have no messages.
//!
//! When many come at once, as after a power cut, one question to the store for all of them costs a fraction of one
//! for each. When they come one by one nobody waits.

use std::time::Duration;

use crate::silo::message::aor::Aor;

/// So many are asked about in one question.
const GROUP: usize = 200;
/// When the last question is this long ago, the next one is asked at once.
const QUIET: Duration = Duration::from_millis(10);
/// Else it waits this long for more to ask about.
const GATHER: Duration = Duration::from_millis(2);

/// Owners whose inboxes have not been looked into yet.
#[derive(Debug, Default)]
pub struct Lookups {
    waiting: Vec<Aor>,
    due: Option<Duration>,
    asked: Option<Duration>,
}

impl Lookups {
    /// Notes that this user wants the inbox.
    pub fn add(&mut self, owner: Aor, now: Duration) {
        let quiet = self.asked.is_none_or(|asked| now.saturating_sub(asked) >= QUIET);
        let due = if quiet { now } else { now.saturating_add(GATHER) };
        self.due.get_or_insert(due);
        self.waiting.push(owner);
    }

    /// Whether this user waits.
    pub fn holds(&self, owner: &Aor) -> bool {
        self.waiting.contains(owner)
    }

    /// When the store should be asked at the latest; `None` when nobody waits.
    pub fn due(&self) -> Option<Duration> {
        match self.waiting.len() >= GROUP {
            true => Some(Duration::ZERO),
            false => self.due,
        }
    }

    /// Those to ask about now, if it is time.
    pub fn take(&mut self, now: Duration) -> Vec<Aor> {
        if self.due().is_none_or(|due| due > now) {
            return Vec::new();
        }
        self.asked = Some(now);
        let rest = self.waiting.split_off(self.waiting.len().min(GROUP));
        self.due = (!rest.is_empty()).then_some(now);
        std::mem::replace(&mut self.waiting, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    fn owner(number: usize) -> Aor {
        Aor::new(number.to_string().as_bytes(), b"x").unwrap()
    }

    #[test]
    fn one_alone_does_not_wait() {
        let mut lookups = Lookups::default();
        lookups.add(owner(1), MILLI);
        assert_eq!(lookups.take(MILLI), [owner(1)]);
        assert_eq!((lookups.due(), lookups.take(MILLI)), (None, vec![]));
        lookups.add(owner(2), 20 * MILLI);
        assert_eq!(lookups.take(20 * MILLI), [owner(2)]);
    }

    #[test]
    fn in_a_rush_they_are_gathered_for_a_moment() {
        let mut lookups = Lookups::default();
        lookups.add(owner(1), MILLI);
        lookups.take(MILLI);
        lookups.add(owner(2), 2 * MILLI);
        lookups.add(owner(3), 3 * MILLI);
        assert_eq!(lookups.take(3 * MILLI), []);
        assert_eq!(lookups.due(), Some(4 * MILLI));
        assert_eq!(lookups.take(4 * MILLI), [owner(2), owner(3)]);
    }

    #[test]
    fn a_crowd_is_taken_in_groups() {
        let mut lookups = Lookups::default();
        (0..450).for_each(|number| lookups.add(owner(number), MILLI));
        let groups = [(); 4].map(|()| lookups.take(MILLI).len());
        assert_eq!(groups, [200, 200, 50, 0]);
    }
}
