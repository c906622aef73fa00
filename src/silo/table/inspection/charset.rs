//! Which bytes the column of the stored headers gives back as they were.

use std::ops::RangeInclusive;

/// What the column holds. What it does not hold would be refused by the database, and the message with it, or be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Bytes of any kind.
    Bytes,
    /// UTF-8.
    Utf8,
    /// UTF-8 without characters of four bytes, which are emoji and rare ideographs.
    Utf8Of3,
    /// ISO 8859-1, written as UTF-8.
    Latin1,
    /// ASCII. Anything might be held besides, but nobody knows what.
    #[default]
    Ascii,
}

/// What MariaDB calls latin1 has letters of its own for the control characters of ISO 8859-1.
const LATIN1: RangeInclusive<char> = '\u{a0}'..='\u{ff}';

impl Charset {
    /// What a column of MariaDB or MySQL holds that has this character set, or none because it is made of bytes, when a
    /// connection writes to it whose texts are in the set `client`.
    pub fn of_mysql(column: Option<&[u8]>, client: &[u8]) -> Self {
        let (utf8_of_3, utf8) = ([b"utf8".as_slice(), b"utf8mb3"], b"utf8mb4".as_slice());
        let Some(column) = column else { return Self::Bytes };
        // To a client of latin1 every byte is a character, which these sets have, and gets back.
        let has_latin1 = column == b"latin1" || column == utf8 || utf8_of_3.contains(&column);
        match client {
            b"latin1" if has_latin1 => Self::Bytes,
            _ if client != utf8 && !utf8_of_3.contains(&client) => Self::Ascii,
            _ if column == b"latin1" => Self::Latin1,
            _ if column == utf8 && client == utf8 => Self::Utf8,
            _ if column == utf8 || utf8_of_3.contains(&column) => Self::Utf8Of3,
            _ => Self::Ascii,
        }
    }

    /// Whether the column holds this text as it is.
    pub fn holds(self, text: &[u8]) -> bool {
        if self == Self::Bytes || text.is_ascii() {
            return true;
        }
        let Ok(text) = std::str::from_utf8(text) else { return false };
        match self {
            Self::Bytes | Self::Utf8 => true,
            Self::Utf8Of3 => text.chars().all(|letter| letter.len_utf8() < 4),
            Self::Latin1 => text.chars().all(|letter| letter.is_ascii() || LATIN1.contains(&letter)),
            Self::Ascii => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&[u8]; 5] = [b"Jose", "José".as_bytes(), "何塞".as_bytes(), "\u{1f600}".as_bytes(), b"Jos\xe9"];

    #[test]
    fn each_set_holds_what_can_be_written_in_it() {
        for (charset, held) in
            [(Charset::Ascii, 1), (Charset::Latin1, 2), (Charset::Utf8Of3, 3), (Charset::Utf8, 4), (Charset::Bytes, 5)]
        {
            assert_eq!(
                TEXTS.map(|text| charset.holds(text)),
                [1, 2, 3, 4, 5].map(|number| number <= held),
                "{charset:?}"
            );
        }
    }

    #[test]
    fn what_mariadb_holds_depends_on_the_column_and_on_the_connection() {
        let column = |column: &'static str, client: &str| Charset::of_mysql(Some(column.as_bytes()), client.as_bytes());
        assert_eq!(Charset::of_mysql(None, b"utf8mb4"), Charset::Bytes);
        assert_eq!(column("utf8mb4", "utf8mb4"), Charset::Utf8);
        assert_eq!(column("utf8mb3", "utf8mb4"), Charset::Utf8Of3);
        assert_eq!(column("utf8mb4", "utf8"), Charset::Utf8Of3);
        assert_eq!(column("latin1", "utf8mb4"), Charset::Latin1);
        assert_eq!(column("latin1", "latin1"), Charset::Bytes);
        assert_eq!(column("utf8mb4", "latin1"), Charset::Bytes);
        assert_eq!(column("latin2", "latin1"), Charset::Ascii);
        assert_eq!(column("utf8mb4", "sjis"), Charset::Ascii);
        assert_eq!(column("ucs2", "utf8mb4"), Charset::Ascii);
    }
}
