//! The clock of this machine.

use std::time::{Duration, Instant, SystemTime};

use once_cell::sync::Lazy;

use crate::silo::time::{Clock, UnixTime};

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct ServerClock;

static START: Lazy<Instant> = Lazy::new(Instant::now);

impl Clock for ServerClock {
    fn now(&self) -> UnixTime {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixTime::try_from(since.as_secs()).unwrap_or(UnixTime::MAX)
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }
}
