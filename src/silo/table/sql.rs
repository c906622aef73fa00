//! SQL text in the dialect of each database.

use std::fmt::Write as _;

use super::dialect::Dialect;
use super::value::Value;
use crate::silo::message::model::RowId;

impl Dialect {
    /// A table or column name, quoted where the driver quotes it, so that both name the same thing. The parameters
    /// were checked not to hold quotes.
    pub fn name(self, name: &str) -> String {
        let mut quoted = String::with_capacity(name.len() + 2);
        self.push_name(&mut quoted, name);
        quoted
    }

    pub(super) fn push_name(self, sql: &mut String, name: &str) {
        let quote = if self == Self::Mysql { "`" } else { "" };
        sql.extend([quote, name, quote]);
    }

    /// A text as hexadecimal digits, which no setting of the database and no encoding can read as anything but
    /// this text: nothing a SIP peer sends is ever part of an SQL statement as it is.
    pub fn text(self, text: &[u8]) -> String {
        let mut literal = String::with_capacity(text.len() * 2 + 40);
        self.push_literal(&mut literal, &Value::Text(text));
        literal
    }

    /// Writes a value behind the text of a statement: a text see [`Dialect::text`], bytes of any kind as the driver would
    /// store them.
    pub(super) fn push_literal(self, sql: &mut String, value: &Value<'_>) {
        let (before, bytes, behind) = match (self, *value) {
            (_, Value::Int(number)) => {
                let _ = write!(sql, "{number}");
                return;
            }
            (Self::Mysql, Value::Text(text)) => ("_utf8mb4 x'", text, "'"),
            // Right for columns of both kinds, whatever their encoding.
            (Self::Mysql, Value::Blob(blob) | Value::Lines(blob)) if blob.is_ascii() => ("_utf8mb4 x'", blob, "'"),
            (Self::Postgres, Value::Text(text)) => ("convert_from(E'\\\\x", text, "'::bytea, 'UTF8')"),
            // Read as the driver's literal is: digits alone would go into the column without being converted.
            (Self::Mysql, Value::Lines(lines)) => ("CAST(x'", lines, "' AS CHAR)"),
            (_, Value::Text(text)) => ("CAST(x'", text, "' AS TEXT)"),
            // Without a cast: as a C user's table has it, a column of type TEXT then holds the digits.
            (Self::Postgres, Value::Blob(blob) | Value::Lines(blob)) => ("E'\\\\x", blob, "'"),
            (_, Value::Blob(blob) | Value::Lines(blob)) => ("x'", blob, "'"),
        };
        sql.push_str(before);
        push_hex(sql, bytes);
        sql.push_str(behind);
    }

    /// How many bytes the column holds.
    pub fn length(self, column: &str) -> String {
        let column = self.name(column);
        match self {
            Self::Sqlite => format!("LENGTH(CAST({column} AS BLOB))"),
            Self::Postgres => format!("OCTET_LENGTH({column})"),
            _ => format!("LENGTH({column})"),
        }
    }

    /// The condition that the user in `column` is `user`, in this very case.
    pub fn same_user(self, column: &str, user: &[u8]) -> String {
        let (column, text) = (self.name(column), self.text(user));
        match self {
            // The usual collations ignore case; the first half finds the index, the second is exact.
            Self::Mysql => format!("{column} = {text} AND CAST({column} AS BINARY) = x'{}'", hex(user)),
            _ => format!("{column} = {text}"),
        }
    }

    /// The condition that the host in `column` is `host`, which is in lower case, whatever case the column has.
    pub fn same_host(self, column: &str, host: &[u8]) -> String {
        let (column, host) = (self.name(column), self.text(host));
        match self {
            Self::Mysql | Self::Postgres => format!("LOWER({column}) = {host}"),
            _ => format!("{column} = {host} COLLATE NOCASE"),
        }
    }

    /// The condition that the id in `column` is one of these.
    pub fn one_of(self, column: &str, ids: &[RowId]) -> String {
        let mut condition = format!("{} IN (", self.name(column));
        for (index, id) in ids.iter().enumerate() {
            let _ = write!(condition, "{}{id}", if index == 0 { "" } else { "," });
        }
        condition.push(')');
        condition
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    push_hex(&mut hex, bytes);
    hex
}

/// In pieces, because a `String` takes characters one by one slowly.
fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    for piece in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(piece) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        let written = digits.get(..piece.len() * 2).unwrap_or_default();
        text.push_str(std::str::from_utf8(written).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_never_stands_in_sql_as_it_is() {
        for dialect in [Dialect::Sqlite, Dialect::Mysql, Dialect::Postgres] {
            let literal = dialect.text(b"'; DROP TABLE silo --");
            assert!(!literal.contains("DROP") && literal.contains("273b"), "{literal}");
        }
    }

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        assert_eq!(hex(&[0xab; 100]), "ab".repeat(100));
    }

    #[test]
    fn ids_are_listed() {
        assert_eq!(Dialect::Mysql.one_of("id", &[1, 4_294_967_297]), "`id` IN (1,4294967297)");
    }
}
