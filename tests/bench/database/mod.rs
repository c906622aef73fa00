//! The databases that are measured: each can be emptied, filled, looked into, and named to the server.

mod client;
#[allow(dead_code)] // shared with `make soak`, which also restarts it
mod mariadb;
mod postgres;

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use self::mariadb::MariaDb;
use self::postgres::Postgres;
use crate::environment::create_scripts;
use crate::sip::DOMAIN;
use crate::wait::now;

/// The columns that a stored message fills.
const COLUMNS: &str =
    "src_addr, dst_addr, username, domain, inc_time, exp_time, snd_time, ctype, body, extra_hdrs, callid, status";

/// A database with the server's own tables.
pub enum Database {
    /// A file, in WAL mode.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// Kept open, so that the file does not change its mode.
        connection: Box<Mutex<Connection>>,
        /// Where it lies.
        _dir: TempDir,
    },
    /// A server of our own.
    MariaDb(MariaDb),
    /// A server of our own.
    Postgres(Postgres),
}

impl Database {
    /// A new SQLite database below `place`. It has full durability, which is SQLite's default: every commit is on
    /// the disk when it is answered.
    pub fn sqlite(place: &std::path::Path) -> Database {
        let dir = tempfile::Builder::new().prefix("sqlite-").tempdir_in(place).expect("a directory can be made");
        let file = dir.path().join("kamailio.sqlite");
        let connection = Connection::open(&file).expect("the database can be made");
        connection.busy_timeout(Duration::from_secs(10)).expect("a busy timeout can be set");
        connection.pragma_update(None, "journal_mode", "WAL").expect("WAL mode can be set");
        for name in ["standard-create.sql", "msilo-create.sql"] {
            let sql = fs::read_to_string(create_scripts().join(name)).expect("the create script can be read");
            connection.execute_batch(&sql).expect("the create script works");
        }
        Database::Sqlite { file, connection: Box::new(Mutex::new(connection)), _dir: dir }
    }

    /// A new MariaDB server below `place`, with its default durability: every commit is on the disk when it is
    /// answered.
    pub fn mariadb(place: &std::path::Path) -> Database {
        Database::MariaDb(MariaDb::start(place))
    }

    /// The same of PostgreSQL.
    pub fn postgres(place: &std::path::Path) -> Database {
        Database::Postgres(Postgres::start(place))
    }

    /// Its name in the table of results.
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite { .. } => "SQLite",
            Database::MariaDb(_) => "MariaDB",
            Database::Postgres(_) => "PostgreSQL",
        }
    }

    /// The server's module for it, without `.so`.
    pub fn driver(&self) -> &'static str {
        match self {
            Database::Sqlite { .. } => "db_sqlite",
            Database::MariaDb(_) => "db_mysql",
            Database::Postgres(_) => "db_postgres",
        }
    }

    /// What the server is told to connect to.
    pub fn url(&self) -> String {
        match self {
            Database::Sqlite { file, .. } => format!("sqlite:///{}", file.display()),
            Database::MariaDb(server) => server.url(),
            Database::Postgres(server) => server.url(),
        }
    }

    /// CPU time that the database's own process has used; SQLite has none.
    pub fn cpu(&self) -> Duration {
        match self {
            Database::Sqlite { .. } => Duration::ZERO,
            Database::MariaDb(server) => server.cpu(),
            Database::Postgres(server) => server.cpu(),
        }
    }

    /// Empties the table, then puts messages with these numbers into the inbox of `user`.
    pub fn fill(&self, user: &str, numbers: Range<usize>) {
        self.fill_all(user, None, numbers);
    }

    /// The same for so many users: message n goes to the one with the number n modulo `users`, as in `user7`.
    pub fn fill_crowd(&self, users: usize, numbers: Range<usize>) {
        self.fill_all("user", Some(users), numbers);
    }

    fn fill_all(&self, user: &str, users: Option<usize>, numbers: Range<usize>) {
        let now = now();
        let body = "A message of a usual length, such as people write all day: number ";
        // What stands around the number of the row's user.
        let joined = |before: &str, number: &str, after: &str| match (self, users) {
            (_, None) => format!("'{before}{after}'"),
            (Database::Sqlite { .. } | Database::Postgres(_), Some(users)) => {
                format!("'{before}' || ({number} % {users}) || '{after}'")
            }
            (Database::MariaDb(_), Some(users)) => format!("CONCAT('{before}', {number} % {users}, '{after}')"),
        };
        let row = |text: &str, number: &str| {
            format!(
                "'sip:alice@{DOMAIN}', {aor}, {name}, '{DOMAIN}', {now}, {later}, 0, 'text/plain', {text}, \
                 'Subject: bench\r\n', '', 0",
                aor = joined(&format!("sip:{user}"), number, &format!("@{DOMAIN}")),
                name = joined(user, number, ""),
                later = now + 100_000
            )
        };
        match self {
            Database::Sqlite { .. } => {
                self.execute("DELETE FROM silo");
                let Range { start, end } = numbers;
                let row = row(&format!("CAST('{body}' || i AS BLOB)"), "i");
                self.execute(&format!(
                    "WITH RECURSIVE n(i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n WHERE i < {end}) \
                     INSERT INTO silo ({COLUMNS}) SELECT {row} FROM n WHERE i < {end} ORDER BY i"
                ));
                self.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            Database::MariaDb(_) => {
                self.execute("TRUNCATE silo");
                if let Some(last) = numbers.clone().last() {
                    let row = row(&format!("CONCAT('{body}', seq)"), "seq").replace("\r\n", "\\r\\n");
                    let numbers = format!("seq_{}_to_{last}", numbers.start);
                    self.execute(&format!("INSERT INTO silo ({COLUMNS}) SELECT {row} FROM {numbers}"));
                }
            }
            Database::Postgres(_) => {
                self.execute("TRUNCATE silo");
                if let Some(last) = numbers.clone().last() {
                    let row = row(&format!("convert_to('{body}' || i, 'UTF8')"), "i");
                    let numbers = format!("generate_series({}, {last}) AS i", numbers.start);
                    self.execute(&format!("INSERT INTO silo ({COLUMNS}) SELECT {row} FROM {numbers}"));
                }
            }
        }
    }

    fn execute(&self, sql: &str) {
        match self {
            Database::Sqlite { connection, .. } => {
                let connection = connection.lock().expect("nobody panics with the connection");
                connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            Database::MariaDb(server) => {
                server.ask(&format!("{sql}; SELECT 0"));
            }
            Database::Postgres(server) => {
                server.ask(&format!("{sql}; SELECT 0"));
            }
        }
    }

    /// The number that a query gives.
    pub fn number(&self, sql: &str) -> i64 {
        match self {
            Database::Sqlite { connection, .. } => {
                let connection = connection.lock().expect("nobody panics with the connection");
                connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
            }
            Database::MariaDb(server) => number_in(sql, &server.ask(sql)),
            Database::Postgres(server) => number_in(sql, &server.ask(sql)),
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        usize::try_from(self.number("SELECT COUNT(*) FROM silo")).unwrap_or(0)
    }

    /// The lowest id; 0 when the table is empty.
    pub fn first_id(&self) -> i64 {
        self.number("SELECT COALESCE(MIN(id), 0) FROM silo")
    }

    /// How many DELETE statements were run since it started; only MariaDB counts them.
    pub fn deletes(&self) -> Option<i64> {
        match self {
            Database::Sqlite { .. } | Database::Postgres(_) => None,
            Database::MariaDb(_) => Some(self.number(
                "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_DELETE'",
            )),
        }
    }
}

fn number_in(sql: &str, line: &str) -> i64 {
    line.trim().parse().unwrap_or_else(|_| panic!("{sql}: {line:?} is no number"))
}
