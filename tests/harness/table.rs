//! The `silo` table, looked at and altered from outside the server.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{params, Connection};

use super::environment::create_scripts;
use super::wait::{now, until};

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the columns
pub struct Row {
    pub id: i64,
    pub src_addr: String,
    pub dst_addr: String,
    pub username: String,
    pub domain: String,
    pub inc_time: i64,
    pub exp_time: i64,
    pub snd_time: i64,
    pub ctype: String,
    pub body: Vec<u8>,
    pub extra_hdrs: Vec<u8>,
    pub callid: String,
    pub status: i64,
}

/// A row to put in, as C msilo would have stored it.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the columns
pub struct NewRow {
    pub src_addr: String,
    pub dst_addr: String,
    pub username: String,
    pub domain: String,
    pub inc_time: i64,
    pub exp_time: i64,
    pub snd_time: i64,
    pub ctype: String,
    pub body: Vec<u8>,
    pub extra_hdrs: Vec<u8>,
}

impl NewRow {
    /// A text message between two users of a domain, stored just now.
    pub fn text(from: &str, to: &str, domain: &str, body: &str) -> NewRow {
        NewRow {
            src_addr: format!("sip:{from}@{domain}"),
            dst_addr: format!("sip:{to}@{domain}"),
            username: to.to_owned(),
            domain: domain.to_owned(),
            inc_time: now(),
            exp_time: now() + 3600,
            snd_time: 0,
            ctype: "text/plain".to_owned(),
            body: body.as_bytes().to_vec(),
            extra_hdrs: Vec::new(),
        }
    }
}

/// The database of a server. The connection stays open, in WAL mode, so that looking never locks the server out, and
/// does not wait for the disk, so that writing does for as short as can be.
pub struct Table {
    connection: Mutex<Connection>,
}

impl Table {
    /// Makes the database with the server's own create scripts.
    pub fn create(file: &Path) -> Table {
        let connection = Connection::open(file).expect("the database can be made");
        connection.busy_timeout(Duration::from_secs(5)).expect("a busy timeout can be set");
        connection.pragma_update(None, "journal_mode", "WAL").expect("WAL mode can be set");
        connection.pragma_update(None, "synchronous", "OFF").expect("waiting for the disk can be turned off");
        for name in ["standard-create.sql", "msilo-create.sql"] {
            let script = create_scripts().join(name);
            let sql = fs::read_to_string(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        }
        Table { connection: Mutex::new(connection) }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All rows in the order of their ids.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        let connection = self.connection();
        let mut statement = connection
            .prepare(
                "SELECT id, src_addr, dst_addr, username, domain, inc_time, exp_time, snd_time, ctype, body, \
                 extra_hdrs, callid, status FROM silo ORDER BY id",
            )
            .expect("the table silo can be read");
        let rows = statement.query_map([], |row| {
            Ok(Row {
                id: row.get(0)?,
                src_addr: row.get(1)?,
                dst_addr: row.get(2)?,
                username: row.get(3)?,
                domain: row.get(4)?,
                inc_time: row.get(5)?,
                exp_time: row.get(6)?,
                snd_time: row.get(7)?,
                ctype: row.get(8)?,
                body: bytes(row.get_ref(9)?),
                extra_hdrs: bytes(row.get_ref(10)?),
                callid: row.get(11)?,
                status: row.get(12)?,
            })
        });
        rows.and_then(Iterator::collect).expect("the table silo can be read")
    }

    /// The only row there is.
    #[track_caller]
    pub fn only_row(&self) -> Row {
        let mut rows = self.rows();
        assert_eq!(rows.len(), 1, "the table holds {rows:#?}");
        rows.remove(0)
    }

    /// How many rows there are.
    #[track_caller]
    pub fn count(&self) -> i64 {
        self.number("SELECT count(*) FROM silo")
    }

    /// Waits until every row is gone.
    #[track_caller]
    pub fn wait_until_empty(&self) {
        until("the table silo is empty", || self.count() == 0);
    }

    /// The number a query gives.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs any SQL.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Puts a row in, and gives its id.
    #[track_caller]
    pub fn insert(&self, row: &NewRow) -> i64 {
        let connection = self.connection();
        connection
            .execute(
                "INSERT INTO silo (src_addr, dst_addr, username, domain, inc_time, exp_time, snd_time, ctype, body, \
                 extra_hdrs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    row.src_addr,
                    row.dst_addr,
                    row.username,
                    row.domain,
                    row.inc_time,
                    row.exp_time,
                    row.snd_time,
                    row.ctype,
                    row.body,
                    row.extra_hdrs
                ],
            )
            .expect("a row can be put into silo");
        connection.last_insert_rowid()
    }
}

fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}
