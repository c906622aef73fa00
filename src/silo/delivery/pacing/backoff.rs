//! Whom nothing is sent to for a while, because it failed before: for longer each time.

use std::time::Duration;

use super::recent::Recent;
use crate::silo::message::model::RowId;

/// So many pauses are remembered.
const MOST: usize = 20_000;
const LONGEST: Duration = Duration::from_secs(3600);

/// What may have to wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Everything for a host, whoever's inbox it is in.
    Host(Vec<u8>),
    /// Everything for a URI.
    Destination(Vec<u8>),
    /// One message.
    Row(RowId),
}

/// How often something has failed in a row, and until when it waits for that.
#[derive(Clone, Copy, Debug, Default)]
struct Pause {
    failures: u32,
    until: Duration,
}

/// All that has failed lately.
#[derive(Debug)]
pub struct Backoff {
    pauses: Recent<Key, Pause>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pauses: Recent::with_room_for(MOST) }
    }
}

impl Backoff {
    /// Whether nothing has failed lately, so that nobody need ask.
    pub fn is_empty(&self) -> bool {
        self.pauses.is_empty()
    }

    /// Whether nothing is to be sent there now.
    pub fn holds(&self, key: &Key, now: Duration) -> bool {
        self.pauses.get(key).is_some_and(|pause| now < pause.until)
    }

    /// Notes a failure: from the one after `free` of them on there is a pause, first of `first`, then twice as long each
    /// time. Gives its length.
    pub fn failed(&mut self, key: Key, free: u32, first: Duration, now: Duration) -> Duration {
        let failures = self.pauses.get(&key).map_or(0, |pause| pause.failures).saturating_add(1);
        let doublings = failures.checked_sub(free.saturating_add(1));
        let length = doublings.map_or(Duration::ZERO, |doublings| {
            let times = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
            first.saturating_mul(times).min(LONGEST)
        });
        self.pauses.set(key, Pause { failures, until: now.saturating_add(length) });
        length
    }

    /// Notes that it works.
    pub fn works(&mut self, key: &Key) {
        self.pauses.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn each_pause_is_twice_as_long_up_to_an_hour_until_it_works() {
        let mut backoff = Backoff::default();
        let key = Key::Host(b"x".to_vec());
        let mut minutes = || backoff.failed(key.clone(), 0, MINUTE, Duration::ZERO).as_secs() / 60;
        assert_eq!([(); 8].map(|()| minutes()), [1, 2, 4, 8, 16, 32, 60, 60]);
        for _ in 0..100 {
            minutes();
        }
        assert!(backoff.holds(&key, 59 * MINUTE) && !backoff.holds(&key, 60 * MINUTE));
        backoff.works(&key);
        assert!(backoff.is_empty());
        assert_eq!(backoff.failed(key, 0, MINUTE, Duration::ZERO), MINUTE);
    }

    #[test]
    fn the_first_failures_may_be_free() {
        let mut backoff = Backoff::default();
        let mut failed = || backoff.failed(Key::Row(1), 1, MINUTE, Duration::ZERO);
        assert_eq!([failed(), failed(), failed()], [Duration::ZERO, MINUTE, 2 * MINUTE]);
    }
}
