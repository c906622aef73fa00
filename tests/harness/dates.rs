//! Times as they stand in messages, for a server whose time zone is UTC.

use chrono::{DateTime, Utc};

/// As in the prefix of a body: `Sun Nov  2 10:00:00 2026`.
pub fn ctime(seconds: i64) -> String {
    format(seconds, "%a %b %e %H:%M:%S %Y")
}

/// As in the header Date: `Sun, 02 Nov 2026 10:00:00 GMT`.
pub fn sip_date(seconds: i64) -> String {
    format(seconds, "%a, %d %b %Y %H:%M:%S GMT")
}

/// As in the AVP of `snd_time_avp`: `20261102100000`.
pub fn compact(seconds: i64) -> String {
    format(seconds, "%Y%m%d%H%M%S")
}

fn format(seconds: i64, pattern: &str) -> String {
    let time: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).expect("a time in range");
    time.format(pattern).to_string()
}
