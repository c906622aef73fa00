//! Waiting for an event, never for luck: a condition is polled until it holds or the deadline has passed.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a test waits for anything before it fails: far longer than it ever takes.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How often a condition is looked at.
const PACE: Duration = Duration::from_millis(10);

/// The value `probe` finds within `deadline`, or `None`.
pub fn within<T>(deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(PACE);
    }
}

/// Waits until `condition` holds; fails the test, naming `what` it waited for, after [`DEADLINE`].
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    if within(DEADLINE, || condition().then_some(())).is_none() {
        panic!("waited {DEADLINE:?} in vain until {what}");
    }
}

/// Waits until nothing is left of something that is being worked off, however much it is: fails the test, naming `what` it
/// waited for, when it has not become less for [`DEADLINE`].
#[track_caller]
pub fn until_none_is_left(what: &str, mut left: impl FnMut() -> i64) {
    let mut least = i64::MAX;
    while least > 0 {
        match within(DEADLINE, || Some(left()).filter(|left| *left < least)) {
            Some(less) => least = less,
            None => panic!("waited {DEADLINE:?} in vain until {what}: {least} left"),
        }
    }
}

/// The time now in seconds since 1970, as it stands in the table.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs() as i64)
}
