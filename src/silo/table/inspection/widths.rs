//! How much fits into the columns: what does not is refused before the INSERT, never cut by the database.

use std::fmt;

use crate::silo::config::columns::Columns;
use crate::silo::message::model::NewMessage;
use crate::silo::text::Shown;

/// How much the columns take. A column that is not in here takes everything.
#[derive(Clone, Debug, Default)]
pub struct Widths {
    /// Characters of a text.
    texts: Vec<(Vec<u8>, usize)>,
    /// The largest number.
    numbers: Vec<(Vec<u8>, i64)>,
}

/// A value that does not fit its column.
#[derive(Debug, PartialEq, Eq)]
pub enum DoesNotFit {
    /// A text that is too long.
    Text {
        /// The column.
        column: String,
        /// The characters it takes.
        width: usize,
        /// The characters of the text.
        length: usize,
        /// The text.
        value: Vec<u8>,
    },
    /// A number that is too large.
    Number {
        /// The column.
        column: String,
        /// The largest number it takes.
        most: i64,
        /// The number.
        value: i64,
    },
    /// A value that the database would give back as another one.
    Kind {
        /// The column.
        column: String,
        /// What it is about the value.
        why: &'static str,
    },
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { column, width, length, value } => {
                write!(f, "column {column} takes {width} characters and \"{}\" has {length}", Shown(value))
            }
            Self::Number { column, most, value } => {
                write!(f, "column {column} takes numbers up to {most} and {value} is larger")
            }
            Self::Kind { column, why } => write!(f, "column {column} {why}, which this database cannot keep"),
        }
    }
}

impl std::error::Error for DoesNotFit {}

impl Widths {
    /// Notes how many characters a column takes.
    pub fn add_text(&mut self, column: &[u8], width: i64) {
        self.texts.push((column.to_vec(), usize::try_from(width).unwrap_or(usize::MAX)));
    }

    /// Notes the largest number that a column takes.
    pub fn add_number(&mut self, column: &[u8], most: i64) {
        self.numbers.push((column.to_vec(), most));
    }

    /// The largest number that a column takes.
    pub fn largest(&self, column: &str) -> i64 {
        limit(&self.numbers, column).unwrap_or(i64::MAX)
    }

    /// Whether a message fits.
    ///
    /// # Errors
    /// The first value that does not.
    pub fn check(&self, message: &NewMessage, columns: &Columns) -> Result<(), DoesNotFit> {
        let texts = [
            (&columns.user, message.owner.user()),
            (&columns.host, message.owner.host()),
            (&columns.from, &message.from),
            (&columns.to, &message.to),
            (&columns.content_type, &message.content_type),
            (&columns.call_id, &message.call_id),
            (&columns.headers, &message.headers),
            (&columns.body, &message.body),
        ];
        let narrowest = self.texts.iter().map(|(_, width)| *width).min().unwrap_or(usize::MAX);
        // No text has more characters than bytes, so most fit without a closer look.
        for (column, value) in texts.into_iter().filter(|(_, value)| value.len() > narrowest) {
            let (width, length) = (limit(&self.texts, column).unwrap_or(usize::MAX), length(value));
            if length > width {
                return Err(DoesNotFit::Text { column: column.clone(), width, length, value: value.to_vec() });
            }
        }
        let numbers = [
            (&columns.stored_at, message.stored_at),
            (&columns.due_at, message.due_at),
            (&columns.expires_at, message.expires_at),
        ];
        for (column, value) in numbers {
            let most = limit(&self.numbers, column).unwrap_or(i64::MAX);
            if value > most {
                return Err(DoesNotFit::Number { column: column.clone(), most, value });
            }
        }
        Ok(())
    }
}

fn limit<T: Copy>(limits: &[(Vec<u8>, T)], column: &str) -> Option<T> {
    limits.iter().find(|(name, _)| name.eq_ignore_ascii_case(column.as_bytes())).map(|(_, limit)| *limit)
}

/// Characters where it is text, else bytes.
fn length(value: &[u8]) -> usize {
    std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::message::aor::Aor;

    fn message(from: &str) -> NewMessage {
        NewMessage {
            owner: Aor::new(b"bob", b"x").unwrap(),
            from: from.into(),
            to: vec![],
            content_type: vec![],
            body: vec![0xff; 100],
            headers: vec![],
            call_id: vec![],
            stored_at: 0,
            expires_at: 0,
            due_at: 0,
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_column() {
        let mut widths = Widths::default();
        widths.add_text(b"SRC_ADDR", 5);
        assert_eq!(widths.check(&message("žluťo"), &Columns::default()), Ok(()));
        let error = widths.check(&message("sip:alice"), &Columns::default()).unwrap_err();
        assert_eq!(error.to_string(), "column src_addr takes 5 characters and \"sip:alice\" has 9");
    }

    #[test]
    fn a_time_that_does_not_fit_is_named_with_its_column() {
        let mut widths = Widths::default();
        widths.add_number(b"snd_time", i64::from(i32::MAX));
        let at = |due_at| NewMessage { due_at, expires_at: i64::MAX, ..message("") };
        assert_eq!(widths.check(&at(2_147_483_647), &Columns::default()), Ok(()));
        let error = widths.check(&at(2_147_483_648), &Columns::default()).unwrap_err();
        assert_eq!(error.to_string(), "column snd_time takes numbers up to 2147483647 and 2147483648 is larger");
    }

    #[test]
    fn a_column_of_unknown_width_takes_everything() {
        assert_eq!(Widths::default().check(&message(&"x".repeat(1000)), &Columns::default()), Ok(()));
    }
}
