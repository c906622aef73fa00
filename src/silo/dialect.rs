//! The one place that knows how databases differ.

use std::fmt::Write as _;

use super::message::RowId;

/// The SQL a driver takes as text, if it takes any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// db_sqlite
    Sqlite,
    /// db_mysql, for MySQL and MariaDB
    Mysql,
    /// db_postgres
    Postgres,
    /// db_text and every driver not named here: only the calls of the DB API.
    Plain,
}

impl Dialect {
    /// The dialect behind a `db_url`, given whether its driver takes SQL text (`DB_CAP_RAW_QUERY`).
    pub fn of(db_url: &[u8], raw_queries: bool) -> Self {
        let scheme = db_url.split(|&b| b == b':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_slice() {
            _ if !raw_queries => Self::Plain,
            b"sqlite" => Self::Sqlite,
            b"mysql" => Self::Mysql,
            b"postgres" => Self::Postgres,
            _ => Self::Plain,
        }
    }

    /// A table or column name, quoted so that no word of SQL in it counts. The parameters were checked not to
    /// hold quotes.
    pub fn name(self, name: &str) -> String {
        match self {
            Self::Mysql => format!("`{name}`"),
            _ => format!("\"{name}\""),
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

    /// Whether the database has room for one writer at a time: then those of one server wait in line before it,
    /// rather than be refused by it.
    pub fn has_one_writer(self) -> bool {
        self == Self::Sqlite
    }

    /// What a new connection is told first. SQLite by default refuses at once what it cannot do at once, because
    /// somebody else is writing; this makes it wait so many milliseconds.
    pub fn greeting(self) -> Option<&'static str> {
        (self == Self::Sqlite).then_some("PRAGMA busy_timeout = 10000")
    }

    /// A text as hexadecimal digits, which no setting of the database and no encoding can read as anything but
    /// this text: nothing a SIP peer sends is ever part of an SQL statement as it is.
    pub fn text(self, text: &[u8]) -> String {
        let mut hex = String::with_capacity(text.len() * 2);
        for byte in text {
            let _ = write!(hex, "{byte:02x}");
        }
        match self {
            Self::Mysql => format!("_utf8mb4 x'{hex}'"),
            Self::Postgres => format!("convert_from('\\x{hex}'::bytea, 'UTF8')"),
            Self::Sqlite | Self::Plain => format!("CAST(x'{hex}' AS TEXT)"),
        }
    }

    /// The condition that the host in `column` is `host`, which is in lower case, whatever case the column has.
    pub fn same_host(self, column: &str, host: &[u8]) -> String {
        let (column, host) = (self.name(column), self.text(host));
        match self {
            Self::Sqlite | Self::Plain => format!("{column} = {host} COLLATE NOCASE"),
            Self::Mysql | Self::Postgres => format!("LOWER({column}) = {host}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_follows_the_url_and_the_driver() {
        assert_eq!(Dialect::of(b"sqlite:///tmp/x", true), Dialect::Sqlite);
        assert_eq!(Dialect::of(b"mysql://u:p@h/db", true), Dialect::Mysql);
        assert_eq!(Dialect::of(b"postgres://u:p@h/db", true), Dialect::Postgres);
        assert_eq!(Dialect::of(b"text:///tmp/db", false), Dialect::Plain);
        assert_eq!(Dialect::of(b"cluster://x", true), Dialect::Plain);
        assert_eq!(Dialect::of(b"sqlite:///tmp/x", false), Dialect::Plain);
    }

    #[test]
    fn outside_text_never_stands_in_sql_as_it_is() {
        for dialect in [Dialect::Sqlite, Dialect::Mysql, Dialect::Postgres] {
            let literal = dialect.text(b"'; DROP TABLE silo --");
            assert!(!literal.contains("DROP") && literal.contains("273b"), "{literal}");
        }
    }

    #[test]
    fn ids_are_listed() {
        assert_eq!(Dialect::Mysql.one_of("id", &[1, 4_294_967_297]), "`id` IN (1,4294967297)");
    }
}
