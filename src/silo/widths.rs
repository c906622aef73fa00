//! How much fits into the columns: what does not is refused before the INSERT, never cut by the database.

use std::fmt;

use super::columns::Columns;
use super::message::NewMessage;
use super::text::Shown;

/// The widths of columns, in characters. A column that is not in here takes everything.
#[derive(Clone, Debug, Default)]
pub struct Widths(Vec<(Vec<u8>, usize)>);

/// A value that does not fit its column.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong {
    column: String,
    width: usize,
    length: usize,
    value: Vec<u8>,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, width, length, value } = self;
        write!(f, "column {column} takes {width} characters and \"{}\" has {length}", Shown(value))
    }
}

impl std::error::Error for TooLong {}

impl Widths {
    /// Notes the width of a column.
    pub fn add(&mut self, column: &[u8], width: i64) {
        self.0.push((column.to_vec(), usize::try_from(width).unwrap_or(usize::MAX)));
    }

    fn of(&self, column: &str) -> usize {
        let known = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(column.as_bytes()));
        known.map_or(usize::MAX, |(_, width)| *width)
    }

    /// Whether a message fits.
    ///
    /// # Errors
    /// The first value that does not.
    pub fn check(&self, message: &NewMessage, columns: &Columns) -> Result<(), TooLong> {
        let values = [
            (&columns.user, message.owner.user()),
            (&columns.host, message.owner.host()),
            (&columns.from, &message.from),
            (&columns.to, &message.to),
            (&columns.content_type, &message.content_type),
            (&columns.call_id, &message.call_id),
            (&columns.headers, &message.headers),
            (&columns.body, &message.body),
        ];
        let narrowest = self.0.iter().map(|(_, width)| *width).min().unwrap_or(usize::MAX);
        // No text has more characters than bytes, so most values fit without a closer look.
        for (column, value) in values.into_iter().filter(|(_, value)| value.len() > narrowest) {
            let width = self.of(column);
            if value.len() > width && length(value) > width {
                let length = length(value);
                return Err(TooLong { column: column.clone(), width, length, value: value.to_vec() });
            }
        }
        Ok(())
    }
}

/// Characters where it is text, else bytes.
fn length(value: &[u8]) -> usize {
    std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::super::aor::Aor;
    use super::*;

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
        widths.add(b"SRC_ADDR", 5);
        assert_eq!(widths.check(&message("žluťo"), &Columns::default()), Ok(()));
        let error = widths.check(&message("sip:alice"), &Columns::default()).unwrap_err();
        assert_eq!(error.to_string(), "column src_addr takes 5 characters and \"sip:alice\" has 9");
    }

    #[test]
    fn a_column_of_unknown_width_takes_everything() {
        assert_eq!(Widths::default().check(&message(&"x".repeat(1000)), &Columns::default()), Ok(()));
    }
}
