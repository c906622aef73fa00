//! SQLite, through db_sqlite.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{params, Connection};

use super::{Backend, Kind};
use crate::harness::database::table::{NewRow, Row};

/// A database file. The connection stays open, in WAL mode, so that looking never locks the server out, and does not
/// wait for the disk, so that writing does for as short as can be.
pub struct Sqlite {
    file: PathBuf,
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// Makes the database with the server's own create scripts.
    pub fn create(file: &Path) -> Sqlite {
        let connection = Connection::open(file).expect("the database can be made");
        connection.busy_timeout(Duration::from_secs(5)).expect("a busy timeout can be set");
        connection.pragma_update(None, "journal_mode", "WAL").expect("WAL mode can be set");
        connection.pragma_update(None, "synchronous", "OFF").expect("waiting for the disk can be turned off");
        let sql = Kind::Sqlite.create_sql();
        connection.execute_batch(&sql).unwrap_or_else(|error| panic!("the create scripts failed: {error}"));
        Sqlite { file: file.to_owned(), connection: Mutex::new(connection) }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Sqlite {
    fn url(&self) -> String {
        format!("sqlite:///{}", self.file.display())
    }

    fn rows(&self) -> Vec<Row> {
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

    fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn execute(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn insert(&self, rows: &[NewRow]) -> i64 {
        let mut connection = self.connection();
        let all = connection.transaction().expect("a transaction can begin");
        for row in rows {
            all.execute(
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
        }
        all.commit().expect("rows can be put into silo");
        connection.last_insert_rowid()
    }
}

fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}
