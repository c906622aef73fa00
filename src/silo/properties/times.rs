//! The times of reminders in zones whose clocks are put forward and back.

use chrono::{DateTime, LocalResult, NaiveDate, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{Tz, TZ_VARIANTS};
use proptest::prelude::*;

use super::tries;
use crate::silo::config::prefix::Prefix;
use crate::silo::time::{parse_stamp, sip_date, UnixTime};

/// Zones whose clocks change by an hour, by half an hour, by a day, and at odd times of the day or year.
const CHANGING: [Tz; 8] = [
    Tz::Europe__Berlin,
    Tz::Europe__London,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::Australia__Lord_Howe,
    Tz::Africa__Casablanca,
    Tz::Asia__Tehran,
    Tz::Pacific__Apia,
];

fn zone() -> impl Strategy<Value = Tz> {
    prop_oneof![prop::sample::select(&CHANGING[..]), prop::sample::select(&TZ_VARIANTS[..])]
}

/// An instant after 1970 in four-digit years.
fn instant() -> impl Strategy<Value = UnixTime> {
    prop_oneof![172_800..4_102_444_800_i64, 1_600_000_000..2_000_000_000_i64]
}

fn at(time: UnixTime, zone: Tz) -> DateTime<Tz> {
    DateTime::<Utc>::from_timestamp(time, 0).expect("four-digit years").with_timezone(&zone)
}

fn stamp(time: &DateTime<Tz>) -> String {
    time.format("%Y%m%d%H%M%S").to_string()
}

/// The moments at which the clocks of a zone change in a year.
fn changes(zone: Tz, year: i32) -> Vec<UnixTime> {
    let start = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
    let offset = |time| at(time, zone).naive_local() - at(time, zone).naive_utc();
    let days = (0..366).map(|day| start + day * 86_400).filter(|&day| offset(day) != offset(day - 86_400));
    let quarters = days.flat_map(|day| (1..=96).map(move |quarter| day - 86_400 + quarter * 900));
    quarters.filter(|&time| offset(time) != offset(time - 900)).collect()
}

proptest! {
    #![proptest_config(tries(1000))]

    #[test]
    fn the_stamp_of_an_instant_is_that_instant_or_the_first_that_has_it(time in instant(), zone in zone()) {
        let local = at(time, zone);
        let read = parse_stamp(stamp(&local).as_bytes(), &zone).unwrap();
        let first = zone.from_local_datetime(&local.naive_local()).earliest().unwrap();
        prop_assert_eq!(at(read, zone), first);
        prop_assert!(read <= time && stamp(&at(read, zone)) == stamp(&local));
    }

    #[test]
    fn what_is_no_stamp_is_refused(text in "[0-9]{0,13}|[0-9]{15,20}|[0-9 x]{14}", zone in zone()) {
        prop_assume!(text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert!(parse_stamp(text.as_bytes(), &zone).is_err());
    }

    #[test]
    fn a_stamp_is_taken_exactly_when_the_calendar_has_it(
        year in 1971..9999_i32, month in 0..15_u32, day in 0..34_u32, hour in 0..27_u32, minute in 0..63_u32,
        second in 0..63_u32,
    ) {
        let stamp = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}");
        let day = NaiveDate::from_ymd_opt(year, month, day).and_then(|day| day.and_hms_opt(hour, minute, second));
        let read = parse_stamp(stamp.as_bytes(), &Utc).ok();
        prop_assert_eq!(read, day.map(|day| day.and_utc().timestamp()));
    }

    #[test]
    fn a_date_header_is_what_every_reader_of_mail_dates_reads(time in 0..253_402_300_799_i64) {
        let date = sip_date(time).unwrap();
        prop_assert!(date.ends_with(" GMT") && date.len() == 29);
        prop_assert_eq!(DateTime::parse_from_rfc2822(&date).unwrap().timestamp(), time);
    }

    #[test]
    fn no_text_and_no_time_of_a_prefix_is_too_much(text in ".{0,40}|(%[-_0:#.]{0,2}[A-Za-z%+0-9]){0,8}", time in any::<i64>()) {
        if let Some(prefix) = Prefix::parse(text.as_bytes()) {
            for time in [time, time % 253_402_300_799] {
                let _ = prefix.at(time, &Tz::Europe__Berlin);
            }
        }
    }
}

#[test]
fn a_time_that_the_clock_skips_comes_so_much_later() {
    let mut skipped = 0;
    for zone in CHANGING {
        for change in (2010..2030).flat_map(|year| changes(zone, year)) {
            let (before, after) = (at(change - 1, zone), at(change, zone));
            let gap = after.naive_local() - before.naive_local() - TimeDelta::seconds(1);
            let missing = before.naive_local() + TimeDelta::minutes(10);
            if gap <= TimeDelta::minutes(15) || before.second() != 59 {
                continue;
            }
            skipped += 1;
            assert_eq!(zone.from_local_datetime(&missing), LocalResult::None, "{missing} in {zone}");
            let stamp = missing.format("%Y%m%d%H%M%S").to_string();
            let read = parse_stamp(stamp.as_bytes(), &zone).map(|time| at(time, zone).naive_local());
            assert_eq!(read, Ok(missing + gap), "{stamp} in {zone}");
        }
    }
    assert!(skipped > 50, "{skipped} gaps");
}

#[test]
fn a_time_that_comes_twice_is_the_first_of_the_two() {
    let mut twice = 0;
    for zone in CHANGING {
        for change in (2010..2030).flat_map(|year| changes(zone, year)) {
            let (before, after) = (at(change - 1, zone), at(change, zone));
            if after.naive_local() > before.naive_local() {
                continue;
            }
            twice += 1;
            let read = parse_stamp(stamp(&before).as_bytes(), &zone).unwrap();
            assert_eq!(read, change - 1, "{before} in {zone}");
            assert!(parse_stamp(stamp(&after).as_bytes(), &zone).unwrap() < change, "{after} in {zone}");
        }
    }
    assert!(twice > 50, "{twice} hours came twice");
}
