//! How long a statement of ours waits for a lock of somebody else.
//!
//! The connection is not ours alone: within a process the server hands the same one to every module with the same
//! `db_url` (`lib/srdb1/db_pool.c`; of the drivers here only db_postgres can be asked for another). So whatever makes a
//! statement wait for another time than the others is either part of the statement, or put back right behind it.

use std::time::Duration;

use super::dialect::Dialect;

/// How a database is told how long a statement waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Not at all: as long as the database is set up to.
    Usual,
    /// MariaDB: in the statement itself where that is SQL text, else as [`Waits::Session`].
    Statement,
    /// MySQL, which has no such statement: by variables of the session, which are put back.
    Session,
    /// SQLite: by the busy time of the connection, which is put back.
    BusyTime,
}

/// SQLite by default refuses at once what it cannot do at once, because somebody else is writing. It waits so long
/// instead.
pub const BUSY_TIME: Duration = Duration::from_secs(10);

impl Dialect {
    /// The question whose answer [`Dialect::waits`] needs.
    pub fn version_query(self) -> Option<&'static str> {
        (self == Self::Mysql).then_some("SELECT VERSION()")
    }

    /// How a database of that version is told how long to wait.
    ///
    /// MariaDB by default waits a minute for a row and a day for a table, but db_mysql gives a statement up after some
    /// seconds and sends it again, while the one before still waits and is then done, too. So the database has to give
    /// it up first, after a second.
    pub fn waits(self, version: &[u8]) -> Waits {
        let mariadb = version.windows(7).any(|part| part.eq_ignore_ascii_case(b"mariadb"));
        match self {
            Self::Sqlite => Waits::BusyTime,
            Self::Mysql if mariadb => Waits::Statement,
            Self::Mysql => Waits::Session,
            _ => Waits::Usual,
        }
    }
}

impl Waits {
    /// What goes before SQL text.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Statement => "SET STATEMENT lock_wait_timeout = 1, innodb_lock_wait_timeout = 1 FOR ",
            _ => "",
        }
    }
}

/// The session of MariaDB or MySQL waits a second, and remembers for how long it did before.
pub const SHORTEN: &str = "SET @msilo_table_wait = @@lock_wait_timeout, @msilo_row_wait = @@innodb_lock_wait_timeout, \
                           SESSION lock_wait_timeout = 1, SESSION innodb_lock_wait_timeout = 1";

/// It waits for as long as it did before. Where db_mysql has opened a new connection meanwhile, nothing was remembered
/// and the values are what every new session has.
pub const PUT_BACK: &str = "SET SESSION lock_wait_timeout = IFNULL(@msilo_table_wait, @@GLOBAL.lock_wait_timeout), \
                            SESSION innodb_lock_wait_timeout = \
                            IFNULL(@msilo_row_wait, @@GLOBAL.innodb_lock_wait_timeout)";

/// The question for the busy time of a connection to SQLite, in milliseconds. Its answer is a row, for which db_sqlite
/// takes memory from the server, which is expensive.
pub const BUSY_QUERY: &str = "PRAGMA busy_timeout";

/// Sets the busy time of a connection to SQLite, in milliseconds. SQLite does so when it compiles the statement: it need
/// not be run, and gives no row then.
pub fn set_busy_time(millis: i64) -> String {
    format!("PRAGMA busy_timeout = {millis}")
}

/// A time in whole milliseconds, none of which is too short: who has waited that long has come to the end of it.
pub fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mariadb_takes_the_time_as_a_part_of_the_statement() {
        assert_eq!(Dialect::Mysql.waits(b"5.5.5-10.11.4-MariaDB-1~deb12u1"), Waits::Statement);
        assert_eq!(Dialect::Mysql.waits(b"8.0.36"), Waits::Session);
        assert_eq!(Dialect::Mysql.waits(b""), Waits::Session);
    }

    #[test]
    fn where_nothing_is_known_of_the_database_it_waits_as_it_does() {
        for dialect in [Dialect::Postgres, Dialect::Text, Dialect::Odbc, Dialect::Plain] {
            assert_eq!((dialect.waits(b""), dialect.version_query()), (Waits::Usual, None));
        }
    }

    #[test]
    fn a_part_of_a_millisecond_is_a_whole_one() {
        assert_eq!(millis(Duration::from_micros(9_000_001)), 9001);
        assert_eq!(millis(Duration::ZERO), 0);
    }
}
