//! The table in an SQLite database in memory, for what a fake cannot show: what the SQL does.

use rusqlite::types::Value as Cell;
use rusqlite::Connection;

use crate::silo::config::columns::Columns;
use crate::silo::message::model::RowId;
use crate::silo::table::database::{Database, Reason, Row};
use crate::silo::table::dialect::Dialect;
use crate::silo::table::value::{Condition, Value};

/// A connection to a database of its own.
#[derive(Debug)]
pub struct Sqlite(Connection);

impl Sqlite {
    /// An empty table `silo`, with the columns that it has by default.
    pub fn new() -> Self {
        let c = Columns::default();
        let texts = [&c.user, &c.host, &c.to, &c.from, &c.body, &c.content_type, &c.headers, &c.call_id];
        let numbers = [&c.expires_at, &c.stored_at, &c.due_at, &c.status];
        let columns = texts.map(|name| format!("{name} TEXT")).into_iter();
        let columns = columns.chain(numbers.map(|name| format!("{name} INTEGER"))).collect::<Vec<_>>().join(", ");
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("CREATE TABLE silo ({} INTEGER PRIMARY KEY, {columns})", c.id)).unwrap();
        Self(connection)
    }

    /// The ids of all rows.
    pub fn ids(&self) -> Vec<RowId> {
        let mut statement = self.0.prepare("SELECT id FROM silo ORDER BY id").unwrap();
        let ids = statement.query_map([], |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }
}

struct Cells(Vec<Cell>);

impl Row for Cells {
    fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column)? {
            Cell::Integer(number) => Some(*number),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn bytes(&self, column: usize) -> Option<&[u8]> {
        match self.0.get(column)? {
            Cell::Text(text) => Some(text.as_bytes()),
            Cell::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// What is no SQL text is not asked of it.
impl Database for &mut Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn insert(&mut self, _: &[&str], _: &[Value<'_>]) -> Result<(), Reason> {
        Err("SQL only".to_owned())
    }

    fn select(&mut self, _: &[&str], _: &[Condition<'_>], _: &str, _: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        Err("SQL only".to_owned())
    }

    fn delete(&mut self, _: &[Condition<'_>]) -> Result<(), Reason> {
        Err("SQL only".to_owned())
    }

    fn update(&mut self, _: &[Condition<'_>], _: &str, _: Value<'_>) -> Result<(), Reason> {
        Err("SQL only".to_owned())
    }

    fn run(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        let failed = |error: rusqlite::Error| format!("{sql}: {error}");
        let mut statement = self.0.prepare(sql).map_err(failed)?;
        let count = statement.column_count();
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..count).map(|column| row.get(column)).collect::<Result<_, _>>().map_err(failed)?;
            each(&Cells(cells));
        }
        Ok(())
    }

    fn change(&mut self, sql: &str) -> Result<u64, Reason> {
        self.0.execute(sql, []).map(|changed| changed as u64).map_err(|error| format!("{sql}: {error}"))
    }
}
