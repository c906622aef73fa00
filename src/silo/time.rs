//! Calendar time: the stamps of reminders, the `Date` header, and the clock the silo reads.

use std::fmt;
use std::time::Duration;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use once_cell::sync::Lazy;

use crate::silo::text::Shown;

/// Seconds since 1970-01-01 00:00 UTC, as the time columns of the table hold them.
pub type UnixTime = i64;

/// What the silo needs to know about time. The server's clock in production, a hand-set one in tests.
pub trait Clock {
    /// The time of day.
    fn now(&self) -> UnixTime;
    /// Time since some fixed moment, never going back.
    fn monotonic(&self) -> Duration;
}

/// Why a text is no time for a reminder.
#[derive(Debug, PartialEq, Eq)]
pub struct BadStamp {
    stamp: Vec<u8>,
    reason: &'static str,
}

impl fmt::Display for BadStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no time in the form YYYYMMDDHHMMSS: {}", Shown(&self.stamp), self.reason)
    }
}

impl std::error::Error for BadStamp {}

/// Reads `YYYYMMDDHHMMSS` as a time of day in `zone`.
///
/// When the clocks go back a time happens twice, and the first one counts; when they go forward an hour does
/// not happen at all, and a time in it is taken as so much later: a reminder for 02:30 comes at 03:30.
///
/// # Errors
/// When the stamp is not exactly 14 digits, when they name no day or time of the calendar, or one before 1970.
pub fn parse_stamp<Z: TimeZone>(stamp: &[u8], zone: &Z) -> Result<UnixTime, BadStamp> {
    let bad = |reason| BadStamp { stamp: stamp.to_vec(), reason };
    if stamp.len() != 14 || !stamp.iter().all(u8::is_ascii_digit) {
        return Err(bad("it must be exactly 14 digits"));
    }
    let number = |from: usize, len: usize| {
        stamp.iter().skip(from).take(len).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let year = i32::try_from(number(0, 4)).map_err(|_| bad("there is no such year"))?;
    let local = NaiveDate::from_ymd_opt(year, number(4, 2), number(6, 2))
        .ok_or_else(|| bad("there is no such day"))?
        .and_hms_opt(number(8, 2), number(10, 2), number(12, 2))
        .ok_or_else(|| bad("there is no such time of day"))?;
    match instant(local, zone) {
        // 0 in the table is an ordinary message.
        Some(time) if time > 0 => Ok(time),
        Some(_) => Err(bad("it lies before 1970")),
        None => Err(bad("it is out of range in this time zone")),
    }
}

/// Longer than any gap there was: a day, where a country moved to the other side of the date line.
const BEFORE_ANY_GAP: TimeDelta = TimeDelta::hours(25);

fn instant<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Option<UnixTime> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.timestamp()),
        LocalResult::None => {
            // The offset that held before the gap reads the clock as if it had not been put forward.
            let before = zone.from_local_datetime(&local.checked_sub_signed(BEFORE_ANY_GAP)?).earliest()?;
            Some(before.timestamp() + BEFORE_ANY_GAP.num_seconds())
        }
    }
}

/// How a `Date` header is written; reading this text for each message costs more than writing the date.
static DATE: Lazy<Vec<Item<'static>>> = Lazy::new(|| StrftimeItems::new("%a, %d %b %Y %H:%M:%S GMT").collect());

/// The value of a `Date` header (RFC 3261 section 20.17): always GMT, always English.
///
/// A time that the calendar cannot hold, which only a damaged row can have, gives `None`.
pub fn sip_date(time: UnixTime) -> Option<String> {
    Some(DateTime::<Utc>::from_timestamp(time, 0)?.format_with_items(DATE.iter()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    #[test]
    fn a_stamp_is_read_in_the_time_zone() {
        assert_eq!(parse_stamp(b"20260101201500", &Utc), Ok(1_767_298_500));
        let east = FixedOffset::east_opt(3600).unwrap();
        assert_eq!(parse_stamp(b"20260101201500", &east), Ok(1_767_298_500 - 3600));
    }

    #[test]
    fn a_stamp_after_2038_stays_positive() {
        assert_eq!(parse_stamp(b"20400101000000", &Utc), Ok(2_208_988_800));
    }

    #[test]
    fn what_is_no_calendar_time_is_refused() {
        for stamp in ["2006", "20260231120000", "20260101240000", "202601012015000", "2026010120150x", ""] {
            assert!(parse_stamp(stamp.as_bytes(), &Utc).is_err(), "{stamp}");
        }
    }

    #[test]
    fn a_time_before_1970_which_the_table_cannot_hold_is_refused() {
        assert_eq!(parse_stamp(b"19700101000001", &Utc), Ok(1));
        for stamp in ["19700101000000", "19691231235959", "02640229000000"] {
            let error = parse_stamp(stamp.as_bytes(), &Utc).unwrap_err().to_string();
            assert!(error.ends_with("it lies before 1970"), "{error}");
        }
    }

    #[test]
    fn the_error_names_the_stamp_and_the_rule() {
        let error = parse_stamp(b"20260231120000", &Utc).unwrap_err().to_string();
        assert_eq!(error, "\"20260231120000\" is no time in the form YYYYMMDDHHMMSS: there is no such day");
    }

    #[test]
    fn dates_are_written_as_sip_does() {
        assert_eq!(sip_date(1_171_910_547).unwrap(), "Mon, 19 Feb 2007 18:42:27 GMT");
        assert_eq!(sip_date(i64::MAX), None);
    }
}
