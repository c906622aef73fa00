//! How databases differ: this and [`super::sql`] are the only places that know it.

use super::value::Value;

/// The SQL a driver takes as text, if it takes any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// db_sqlite
    Sqlite,
    /// db_mysql, for MySQL and MariaDB
    Mysql,
    /// db_postgres
    Postgres,
    /// db_text: no SQL, and C strings for columns.
    Text,
    /// db_unixodbc: what stands behind it is not known, and it does not give back all it was given.
    Odbc,
    /// Every driver not named here: only the calls of the DB API.
    Plain,
}

fn scheme(db_url: &[u8]) -> Vec<u8> {
    db_url.split(|&b| b == b':').next().unwrap_or_default().to_ascii_lowercase()
}

/// What the driver behind a `db_url` lacks although it does not say so; `None` where nothing is known of that.
pub fn lack(db_url: &[u8]) -> Option<&'static str> {
    (scheme(db_url) == b"redis").then_some("db_redis gives rows no ids and takes no binary values")
}

impl Dialect {
    /// The dialect behind a `db_url`, given whether its driver takes SQL text (`DB_CAP_RAW_QUERY`).
    pub fn of(db_url: &[u8], raw_queries: bool) -> Self {
        match scheme(db_url).as_slice() {
            b"text" => Self::Text,
            b"unixodbc" => Self::Odbc,
            _ if !raw_queries => Self::Plain,
            b"sqlite" => Self::Sqlite,
            b"mysql" => Self::Mysql,
            b"postgres" => Self::Postgres,
            _ => Self::Plain,
        }
    }

    /// Whether the driver takes SQL as text.
    pub fn speaks_sql(self) -> bool {
        matches!(self, Self::Sqlite | Self::Mysql | Self::Postgres)
    }

    /// Why this value would come back as another one; `None` where the driver keeps it.
    pub fn cannot_keep(self, value: Value<'_>) -> Option<&'static str> {
        let (Value::Text(bytes) | Value::Blob(bytes) | Value::Lines(bytes)) = value else { return None };
        match self {
            Self::Text | Self::Odbc if bytes.contains(&0) => Some("holds a NUL byte"),
            Self::Odbc if bytes == b"NULL" => Some("is the word NULL"),
            _ => None,
        }
    }

    /// A value as it can be stored: db_text reads an empty text in its file as NULL, refuses that in a column that
    /// must not be NULL, and with it the whole table. So there it is a space, and with drivers behind which db_text or
    /// another database may stand that takes the two for one.
    pub fn storable(self, value: Value<'_>) -> Value<'_> {
        match value {
            Value::Text(b"") if matches!(self, Self::Text | Self::Plain) => Value::Text(b" "),
            _ => value,
        }
    }

    /// Whether [`Dialect::text`] and the driver mean the same by this text. Beyond ASCII that depends on encodings
    /// that only the driver knows, so such a text is left to it.
    pub fn can_say(self, text: &[u8]) -> bool {
        self.speaks_sql() && (self == Self::Sqlite || text.is_ascii())
    }

    /// A column of user parts, as it is to be grouped by or told apart: letter case counts in them, which the usual collations
    /// of MariaDB do not know. `user` is its name, quoted.
    pub(super) fn exact(self, user: &str) -> String {
        if self == Self::Mysql {
            format!("CAST({user} AS BINARY)")
        } else {
            user.to_owned()
        }
    }

    /// Whether a value means the same in SQL text as when the driver is given it.
    pub(super) fn can_say_value(self, value: &Value<'_>) -> bool {
        match value {
            Value::Int(_) | Value::Blob(_) => self.speaks_sql(),
            Value::Text(text) => self.can_say(text),
            // What is no UTF-8 is either for a connection of another character set, or for a column of bytes.
            Value::Lines(lines) => self.speaks_sql() && (self != Self::Mysql || std::str::from_utf8(lines).is_ok()),
        }
    }

    /// An integer column or expression, as it is to be selected. db_sqlite goes by the declared type and cuts an
    /// INTEGER to 32 bits, so there integers come as text.
    pub fn whole_int(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
            _ => expression.to_owned(),
        }
    }

    /// Whether the driver takes memory for every column of every row, which the server's allocator makes expensive: then
    /// rows are read as one column (see [`super::literals`]).
    pub fn takes_memory_for_columns(self) -> bool {
        self == Self::Sqlite
    }

    /// Whether the database has room for one writer at a time: then those of one server wait in line before it,
    /// rather than be refused by it.
    pub fn has_one_writer(self) -> bool {
        self == Self::Sqlite
    }

    /// The largest number that any column takes, where the driver sets a limit: db_text keeps 32 bits.
    pub fn largest_number(self) -> Option<i64> {
        (self == Self::Text).then_some(i32::MAX.into())
    }

    /// The query for each column of a table: its name, its width in characters if it holds text, and the largest
    /// number it takes if that is less than 64 bits. `None` where columns have no width.
    pub fn widths_of(self, table: &str) -> Option<String> {
        let (schema, unsigned) = match self {
            // Twice as much without a sign, and one more, which does not matter.
            Self::Mysql => ("DATABASE()", " * IF(column_type LIKE '%unsigned', 2, 1)"),
            Self::Postgres => ("current_schema()", ""),
            _ => return None,
        };
        let table = self.text(table.as_bytes());
        let name = if self == Self::Postgres { format!("LOWER({table})") } else { table };
        Some(format!(
            "SELECT column_name, character_maximum_length, CASE data_type WHEN 'smallint' THEN 32767 \
             WHEN 'mediumint' THEN 8388607 WHEN 'int' THEN 2147483647 WHEN 'integer' THEN 2147483647 END{unsigned} \
             FROM information_schema.columns WHERE table_schema = {schema} AND table_name = {name}"
        ))
    }

    /// The query for the character set of a column, which is NULL if it holds bytes, and that of this connection. `None`
    /// where no query tells it.
    pub fn charset_of(self, table: &str, column: &str) -> Option<String> {
        let [table, column] = [table, column].map(|name| self.text(name.as_bytes()));
        (self == Self::Mysql).then(|| {
            format!(
                "SELECT character_set_name, @@character_set_client FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = {table} AND column_name = {column}"
            )
        })
    }

    /// Whether a column of headers holds bytes of any kind, whatever else is said of it: db_postgres writes them as
    /// hexadecimal digits.
    pub fn keeps_any_header(self) -> bool {
        matches!(self, Self::Sqlite | Self::Postgres | Self::Text)
    }

    /// Whether a row with this value is better written as SQL text, because the driver's way of putting an INSERT
    /// together takes several times as long. In ASCII, where no encoding can make a difference.
    pub fn inserts_faster_as_text(self, value: &Value<'_>) -> bool {
        match value {
            Value::Int(_) => self == Self::Mysql,
            Value::Text(bytes) | Value::Blob(bytes) | Value::Lines(bytes) => self == Self::Mysql && bytes.is_ascii(),
        }
    }

    /// Whether the driver has to be asked for the result of a statement that has none: db_sqlite does not run it
    /// otherwise, and db_postgres leaves it behind.
    pub fn must_fetch(self) -> bool {
        self != Self::Mysql
    }

    /// So many bytes of values fit into one INSERT of the driver, which builds it in a buffer of
    /// `sql_buffer_size` (65 535 by default) with every byte taking up to two.
    pub fn insert_limit(self) -> usize {
        match self {
            Self::Sqlite | Self::Text => usize::MAX,
            _ => 30_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_follows_the_url_and_the_driver() {
        assert_eq!(Dialect::of(b"sqlite:///tmp/x", true), Dialect::Sqlite);
        assert_eq!(Dialect::of(b"mysql://u:p@h/db", true), Dialect::Mysql);
        assert_eq!(Dialect::of(b"postgres://u:p@h/db", true), Dialect::Postgres);
        assert_eq!(Dialect::of(b"text:///tmp/db", false), Dialect::Text);
        assert_eq!(Dialect::of(b"cluster://x", true), Dialect::Plain);
        assert_eq!(Dialect::of(b"unixodbc://u:p@h/dsn", true), Dialect::Odbc);
        assert_eq!(Dialect::of(b"sqlite:///tmp/x", false), Dialect::Plain);
    }

    #[test]
    fn db_text_is_never_given_an_empty_text() {
        assert_eq!(Dialect::Text.storable(Value::Text(b"")), Value::Text(b" "));
        assert_eq!(Dialect::Plain.storable(Value::Text(b"")), Value::Text(b" "));
        assert_eq!(Dialect::Text.storable(Value::Text(b"x")), Value::Text(b"x"));
        assert_eq!(Dialect::Sqlite.storable(Value::Text(b"")), Value::Text(b""));
    }

    #[test]
    fn what_a_driver_would_change_is_known_before() {
        assert!(Dialect::Text.cannot_keep(Value::Blob(b"a\0b")).is_some());
        assert!(Dialect::Odbc.cannot_keep(Value::Blob(b"a\0b")).is_some());
        assert!(Dialect::Odbc.cannot_keep(Value::Text(b"NULL")).is_some());
        assert_eq!(Dialect::Odbc.cannot_keep(Value::Text(b"NULL ")), None);
        assert_eq!(Dialect::Sqlite.cannot_keep(Value::Blob(b"a\0b")), None);
    }

    #[test]
    fn a_driver_that_lacks_something_is_known_by_its_url() {
        assert!(lack(b"redis://localhost/1").is_some());
        assert_eq!(lack(b"mysql://localhost/redis"), None);
    }
}
