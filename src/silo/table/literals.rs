//! A row as one text, for a driver that takes memory for every column of every row.
//!
//! SQLite's `quote()` writes any value as an SQL literal: `NULL`, `12`, `'it''s'`, `X'00ff'`. Joined by commas they
//! make one column out of many, and here they are taken apart again.

use std::borrow::Cow;

use super::database::Row;

/// The values of a row; `None` for NULL.
#[derive(Debug, PartialEq, Eq)]
pub struct Literals<'a>(Vec<Option<Cow<'a, [u8]>>>);

/// The expression for a row of these columns, to be read with [`Literals::parse`].
pub fn joined(columns: &[String]) -> String {
    let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
    quoted.join("||','||")
}

impl<'a> Literals<'a> {
    /// Takes the text apart; `None` when it is not what [`joined`] gives.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (mut values, mut rest) = (Vec::with_capacity(16), text);
        loop {
            let (value, after) = literal(rest)?;
            values.push(value);
            match after.split_first() {
                None => return Some(Self(values)),
                Some((b',', after)) => rest = after,
                Some(_) => return None,
            }
        }
    }
}

type Literal<'a> = Option<Cow<'a, [u8]>>;

/// The first literal, and what is behind it.
fn literal(text: &[u8]) -> Option<(Literal<'_>, &[u8])> {
    match text {
        [b'\'', rest @ ..] => {
            let mut doubled = false;
            let mut at = 0;
            let end = loop {
                at += rest.get(at..)?.iter().position(|&b| b == b'\'')?;
                if rest.get(at + 1) != Some(&b'\'') {
                    break at;
                }
                doubled = true;
                at += 2;
            };
            let inner = rest.get(..end)?;
            let value = if doubled { Cow::Owned(undouble(inner)) } else { Cow::Borrowed(inner) };
            Some((Some(value), rest.get(end + 1..)?))
        }
        [b'X', b'\'', rest @ ..] => {
            let end = rest.iter().position(|&b| b == b'\'')?;
            Some((Some(Cow::Owned(unhex(rest.get(..end)?)?)), rest.get(end + 1..)?))
        }
        _ => {
            let end = text.iter().position(|&b| b == b',').unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            let value = (word != b"NULL").then_some(Cow::Borrowed(word));
            (!word.is_empty()).then_some((value, rest))
        }
    }
}

/// Takes away one of each two quotes.
fn undouble(text: &[u8]) -> Vec<u8> {
    let mut single = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        single.push(byte);
        if byte == b'\'' {
            bytes.next();
        }
    }
    single
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|&[high, low]| Some(value(high)? << 4 | value(low)?)).collect()
}

impl Row for Literals<'_> {
    fn int(&self, column: usize) -> Option<i64> {
        std::str::from_utf8(self.bytes(column)?).ok()?.trim().parse().ok()
    }

    fn bytes(&self, column: usize) -> Option<&[u8]> {
        self.0.get(column)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Option<Vec<Option<Vec<u8>>>> {
        let values = Literals::parse(text.as_bytes())?.0;
        Some(values.into_iter().map(|value| value.map(Cow::into_owned)).collect())
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let row = Literals::parse(b"9223372036854775807,-1,NULL,'it''s, ''ok''','',X'00FF',X''").unwrap();
        assert_eq!((row.int(0), row.int(1), row.int(2)), (Some(i64::MAX), Some(-1), None));
        let texts = [3, 4, 5, 6, 2, 7].map(|column| row.bytes(column));
        assert_eq!(texts, [Some(&b"it's, 'ok'"[..]), Some(b""), Some(b"\0\xff"), Some(b""), None, None]);
    }

    #[test]
    fn what_is_no_row_is_not_read() {
        for text in ["", ",", "1,", "'a", "'a''", "'a'b", "X'0", "X'0g'", "X'000'"] {
            assert_eq!(values(text), None, "{text}");
        }
    }

    proptest! {
        /// What SQLite itself makes of any row.
        #[test]
        fn sqlite_and_this_mean_the_same(
            id in any::<i64>(),
            text in "[^\0]{0,30}",
            blob in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let sqlite = rusqlite::Connection::open_in_memory().unwrap();
            let columns = ["?1", "?2", "?3", "NULL"].map(str::to_owned);
            let sql = format!("SELECT {}", joined(&columns));
            let row: String = sqlite.query_row(&sql, (id, &text, &blob), |row| row.get(0)).unwrap();
            let row = Literals::parse(row.as_bytes()).unwrap();
            prop_assert_eq!(row.int(0), Some(id));
            prop_assert_eq!(row.bytes(1), Some(text.as_bytes()));
            prop_assert_eq!(row.bytes(2), Some(&blob[..]));
            prop_assert_eq!(row.bytes(3), None);
        }

        #[test]
        fn nothing_that_comes_from_a_database_does_harm(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Literals::parse(&text);
        }
    }
}
