//! The time of a reminder, in any zone of the world, and the Date header of any time.
#![no_main]

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::{Tz, TZ_VARIANTS};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::is_one_log_line;
use msilo_fuzz::silo::time::{parse_stamp, sip_date};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    raw: &'a [u8],
    /// Year, month, day, hour, minute, second: numbers near the valid ones are tried more often this way.
    parts: (u16, u8, u8, u8, u8, u8),
    zone: usize,
    time: i64,
}

/// What the calendar says, worked out without the code under test.
fn calendar(stamp: &[u8]) -> Option<NaiveDateTime> {
    let text = std::str::from_utf8(stamp).ok().filter(|text| text.len() == 14)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().ok();
    let day = NaiveDate::from_ymd_opt(part(0..4)?.try_into().ok()?, part(4..6)?, part(6..8)?)?;
    day.and_hms_opt(part(8..10)?, part(10..12)?, part(12..14)?)
}

fn check(stamp: &[u8], zone: Tz) {
    let read = parse_stamp(stamp, &zone);
    let Some(local) = calendar(stamp) else {
        return is_one_log_line(&read.expect_err("the calendar has no such time"));
    };
    // Refused is only what lies, in this zone, before 1970.
    let Ok(time) = read else { return assert!(local.and_utc().timestamp() < 86_400, "{local} is refused") };
    assert!(time > 0);
    let back = DateTime::<Utc>::from_timestamp(time, 0).expect("a time of four-digit years").with_timezone(&zone);
    match zone.from_local_datetime(&local).earliest() {
        Some(earliest) => assert_eq!((back.naive_local(), back), (local, earliest)),
        // The clock was put forward over it: later than the stamp, by as much as the clock was put forward.
        None => assert!(back.naive_local() > local && (back.naive_local() - local).num_hours() <= 24, "{back}"),
    }
}

fuzz_target!(|input: Input| {
    let zone = TZ_VARIANTS[input.zone % TZ_VARIANTS.len()];
    check(input.raw, zone);
    let (year, month, day, hour, minute, second) = input.parts;
    let (year, month, day) = (year % 10_000, month % 14, day % 33);
    let stamp = format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", hour % 25, minute % 61, second % 62);
    check(stamp.as_bytes(), zone);
    if let Some(date) = sip_date(input.time) {
        assert!(date.ends_with(" GMT") && date.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{date:?}");
        if (0..=253_402_300_799).contains(&input.time) {
            let back = DateTime::parse_from_rfc2822(&date).map(|date| date.timestamp());
            assert_eq!(back, Ok(input.time), "{date}");
        }
    }
});
