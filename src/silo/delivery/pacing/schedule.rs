//! What the delivery does by the clock: the sweep of expired rows, and reminders.

use std::time::Duration;

use crate::silo::config::settings::Config;
use crate::silo::delivery::shard::Shard;

/// Servers that may share a table.
const SERVERS: u32 = 256;

/// When the regular work is due next.
#[derive(Debug)]
pub struct Schedule {
    /// Only one of several delivery processes sweeps, unless somebody hears of what expires.
    sweep: Option<Every>,
    reminders: Option<Every>,
    /// Looks for messages that have waited for long.
    waking: Option<Every>,
}

/// In one interval of `wake_after` the table is looked at so often, and at least once a minute.
const LOOKS: u32 = 4;

#[derive(Debug)]
struct Every {
    period: Duration,
    next: Duration,
}

impl Every {
    fn done(&mut self, now: Duration) {
        self.next = now.saturating_add(self.period);
    }
}

impl Schedule {
    /// The schedule of a process that starts at `now`.
    pub fn new(config: &Config, shard: Shard, now: Duration) -> Self {
        let every = |period: Duration| Every { period, next: now.saturating_add(period) };
        let reminder_period = config.reminders.as_ref().map(|reminders| reminders.every.unsigned_abs());
        let wake_after = config.wake_after.map(|after| Duration::from_secs(after.unsigned_abs()));
        let look = |after: Duration| (after / LOOKS).clamp(Duration::from_secs(1), Duration::from_secs(60));
        // Where somebody hears of what expires, each process sweeps its own inboxes.
        let sweeps = shard.index == 0 || config.imdn || config.listeners.expired;
        // Servers that were started at once, and share the table, do not sweep it at once.
        let share = config.shared.map_or(0, |sharing| u32::from(sharing.server));
        let later = |every: Every| Every { next: every.next.saturating_add(every.period / SERVERS * share), ..every };
        Self {
            waking: wake_after.map(look).map(every),
            sweep: sweeps.then(|| later(every(config.sweep_every))),
            reminders: reminder_period.map(|seconds| every(Duration::from_secs(seconds))),
        }
    }

    /// Whether expired rows should be deleted now.
    pub fn sweep_is_due(&self, now: Duration) -> bool {
        self.sweep.as_ref().is_some_and(|sweep| sweep.next <= now)
    }

    /// Notes that they were.
    pub fn swept(&mut self, now: Duration) {
        if let Some(sweep) = &mut self.sweep {
            sweep.done(now);
        }
    }

    /// Whether the table should be searched for messages that have waited for long.
    pub fn waking_is_due(&self, now: Duration) -> bool {
        self.waking.as_ref().is_some_and(|waking| waking.next <= now)
    }

    /// Notes that it was.
    pub fn woke(&mut self, now: Duration) {
        if let Some(waking) = &mut self.waking {
            waking.done(now);
        }
    }

    /// Whether the table should be searched for reminders now.
    pub fn reminders_are_due(&self, now: Duration) -> bool {
        self.reminders.as_ref().is_some_and(|reminders| reminders.next <= now)
    }

    /// Notes that it was.
    pub fn read_reminders(&mut self, now: Duration) {
        if let Some(reminders) = &mut self.reminders {
            reminders.done(now);
        }
    }

    /// When anything is due.
    pub fn next(&self) -> Option<Duration> {
        [&self.sweep, &self.reminders, &self.waking].into_iter().flatten().map(|every| every.next).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::config::sharing::Sharing;

    #[test]
    fn servers_that_share_the_table_sweep_it_at_different_times() {
        let sweep_every = Duration::from_secs(600);
        let first = |server: Option<u8>| {
            let shared = server.map(|server| Sharing { server, speed: 1 });
            let config = Config { shared, sweep_every, ..Config::default() };
            Schedule::new(&config, Shard::SOLE, Duration::ZERO).next().unwrap()
        };
        assert_eq!(first(None), sweep_every);
        let times: Vec<_> = (1..=255).map(|server| first(Some(server))).collect();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(2)));
        assert!(times.iter().all(|time| *time > sweep_every && *time < 2 * sweep_every));
    }
}
