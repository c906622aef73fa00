//! The text before a delivered body that says when the message was stored, or was due.

use std::fmt::{self, Write as _};

use chrono::format::{Item, StrftimeItems};
use chrono::{TimeZone, Utc};

use crate::silo::time::UnixTime;

/// A text with the conversions of `strftime`, checked once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Vec<Item<'static>>);

impl Prefix {
    /// Reads the text of a parameter; `None` when it is not UTF-8 or has a conversion that does not exist, or one
    /// that only reads times and writes none.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let items = StrftimeItems::new(std::str::from_utf8(text).ok()?);
        let prefix = items.parse_to_owned().ok().map(Self)?;
        prefix.at(0, &Utc).map(|_| prefix)
    }

    /// Whether it puts nothing before a body.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text for this moment in this time zone; `None` for a time that the calendar cannot hold.
    pub fn at<Z: TimeZone>(&self, time: UnixTime, zone: &Z) -> Option<String>
    where
        Z::Offset: fmt::Display,
    {
        let mut text = String::new();
        write!(text, "{}", zone.timestamp_opt(time, 0).earliest()?.format_with_items(self.0.iter())).ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: UnixTime = 1_767_298_500;

    fn text(prefix: &str) -> Option<String> {
        Prefix::parse(prefix.as_bytes())?.at(TIME, &Utc)
    }

    #[test]
    fn the_default_is_the_text_of_c() {
        let default = text("[Offline message - %a %b %e %H:%M:%S %Y] ");
        assert_eq!(default.unwrap(), "[Offline message - Thu Jan  1 20:15:00 2026] ");
    }

    #[test]
    fn any_language_will_do() {
        assert_eq!(text("(gespeichert am %d.%m.%Y um %H:%M) ").unwrap(), "(gespeichert am 01.01.2026 um 20:15) ");
    }

    #[test]
    fn a_conversion_that_does_not_exist_is_refused() {
        assert_eq!(text("%E"), None);
        assert_eq!(Prefix::parse(b"%#z"), None);
        assert_eq!(Prefix::parse(b"\xff"), None);
    }

    #[test]
    fn a_time_beyond_the_calendar_has_no_prefix() {
        assert_eq!(Prefix::parse(b"%Y").unwrap().at(UnixTime::MAX, &Utc), None);
    }
}
