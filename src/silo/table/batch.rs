//! Many rows in one statement, each certainly written or certainly not.
//!
//! db_mysql and db_postgres repeat a statement whose connection was lost, on a new one, and tell nobody: what the first
//! one did meanwhile is written twice. So the rows are written in a transaction which only a statement ends that a new
//! connection refuses: whatever the driver repeats before it is undone with the old connection, and the end itself
//! is not repeated. When the answer to that end is lost, the ids of the rows are known, and [`Batches::find_out`] asks the
//! database what became of them.

use super::database::{Database, Reason, Row};
use super::dialect::Dialect;
use super::insert::Fields;
use super::silo_table::Table;
use super::store::{Store, StoreError};
use crate::silo::message::model::{NewMessage, RowId};

/// Why a batch is not written.
#[derive(Debug)]
pub enum NotWritten {
    /// None of its rows is, nor will be.
    None(StoreError),
    /// The answer is lost: all of them are or none of them is.
    Unknown(StoreError, Doubt),
}

/// Rows of which is not known whether they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Their ids.
    pub ids: Vec<RowId>,
    /// The transaction, where the database can be asked for it.
    transaction: Option<i64>,
}

/// What this connection needs for batches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batches {
    /// The database takes them.
    are_taken: bool,
    /// The session knows how to end one.
    is_prepared: bool,
}

/// The session in which a batch begins has this variable; a new one has not, and refuses two rows where one may be.
const SAME_SESSION: &str = "IF(@msilo_session = 1, 0, (SELECT 1 UNION SELECT 2))";

impl Batches {
    /// Asks the database whether it takes batches: it must be able to undo a whole one, and tell the ids of its rows.
    pub fn look<D: Database>(table: &mut Table<'_, D>) -> Self {
        let dialect = table.database.dialect();
        let [name, id] = [&table.config.table, &table.config.columns.id].map(|name| dialect.text(name.as_bytes()));
        let question = match dialect {
            Dialect::Sqlite => return Self { are_taken: true, is_prepared: true },
            Dialect::Mysql => format!(
                "SELECT t.engine = 'InnoDB' AND c.extra LIKE '%auto_increment%' FROM information_schema.tables t JOIN \
                 information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name \
                 WHERE t.table_schema = DATABASE() AND t.table_name = {name} AND c.column_name = {id}"
            ),
            // From 10 on one can ask what became of a transaction.
            Dialect::Postgres => {
                "SELECT CASE WHEN current_setting('server_version_num')::int >= 100000 THEN 1 ELSE 0 END".to_owned()
            }
            _ => return Self::default(),
        };
        Self { are_taken: table.number(&question).is_ok_and(|answer| answer == Some(1)), is_prepared: false }
    }

    /// Whether this message can be part of a batch.
    pub fn take<D: Database>(&self, table: &Table<'_, D>, message: &NewMessage) -> bool {
        let dialect = table.database.dialect();
        self.are_taken && table.fields(message).iter().all(|(_, value)| dialect.can_say_value(value))
    }

    /// Writes all of these messages or none, and gives the ids of their rows where they are known. Just before they cannot
    /// be taken back any more `go_on` is asked.
    ///
    /// # Errors
    /// When none is written, and when that is not known.
    pub fn insert<D: Database>(
        &mut self,
        table: &mut Table<'_, D>,
        messages: &[&NewMessage],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<RowId>, NotWritten> {
        let action = || format!("store {} messages", messages.len());
        let failed = |reason: Reason| StoreError { action: action(), reason };
        let dialect = table.database.dialect();
        let rows: Vec<Fields<'_, '_>> = messages.iter().map(|message| table.fields(message)).collect();
        let first_status = (dialect == Dialect::Mysql).then_some(SAME_SESSION);
        let insert = dialect.insert_rows(&table.config.table, &rows, first_status);
        if dialect == Dialect::Sqlite {
            table.database.execute(&insert).map_err(|reason| NotWritten::None(failed(reason)))?;
            // What one INSERT writes has ids one behind the other.
            let last = table.number("SELECT CAST(last_insert_rowid() AS TEXT)").ok().flatten().unwrap_or(0);
            let count = i64::try_from(messages.len()).unwrap_or(0);
            return Ok((last.saturating_sub(count)..last).map(|id| id + 1).filter(|_| last > 0).collect());
        }
        let doubt = match self.begin(table, dialect, &insert, messages.len()) {
            Ok(doubt) if go_on() => doubt,
            begun => {
                self.is_prepared &= begun.is_ok();
                // Where that fails the connection is lost, and with it the transaction.
                let _ = table.database.ask("ROLLBACK", &mut |_| {});
                let late = "it was too late for one of them".to_owned();
                return Err(NotWritten::None(failed(begun.err().unwrap_or(late))));
            }
        };
        let end = match (dialect, doubt.transaction) {
            (Dialect::Postgres, Some(transaction)) => {
                format!("SELECT 1 / COALESCE((txid_current_if_assigned() = {transaction})::int, 0); COMMIT")
            }
            _ => "EXECUTE msilo_commit".to_owned(),
        };
        match table.database.ask(&end, &mut |_| {}) {
            Ok(()) => Ok(doubt.ids),
            Err(reason) => {
                self.is_prepared = false;
                Err(NotWritten::Unknown(failed(reason), doubt))
            }
        }
    }

    /// Writes the rows, in a transaction that is not ended.
    fn begin<D: Database>(
        &mut self,
        table: &mut Table<'_, D>,
        dialect: Dialect,
        insert: &str,
        count: usize,
    ) -> Result<Doubt, Reason> {
        let nothing = &mut |_: &dyn Row| {};
        if dialect == Dialect::Postgres {
            let id = &table.config.columns.id;
            let (mut ids, mut transaction) = (Vec::new(), None);
            let sql = format!(
                "BEGIN; WITH new AS ({insert} RETURNING {id}) SELECT string_agg({id}::text, ','), txid_current() FROM new"
            );
            table.database.ask(&sql, &mut |row| {
                ids = numbers(row.bytes(0).unwrap_or_default());
                transaction = row.int(1);
            })?;
            return match transaction {
                Some(_) if ids.len() == count => Ok(Doubt { ids, transaction }),
                _ => Err("the database does not tell the ids of new rows".to_owned()),
            };
        }
        if !self.is_prepared {
            table.database.ask("SET @msilo_session = 1", nothing)?;
            table.database.ask("PREPARE msilo_commit FROM 'COMMIT'", nothing)?;
            self.is_prepared = true;
        }
        table.database.ask("BEGIN", nothing)?;
        table.database.execute(insert)?;
        let (mut first, mut step) = (0, 1);
        table.database.ask("SELECT LAST_INSERT_ID(), @@auto_increment_increment", &mut |row| {
            first = row.int(0).unwrap_or(0);
            step = row.int(1).unwrap_or(1);
        })?;
        if first == 0 {
            return Err("the connection was lost, or the database does not tell the ids of new rows".to_owned());
        }
        let ids = (0..i64::try_from(count).unwrap_or(0)).map(|n| first.saturating_add(n.saturating_mul(step)));
        Ok(Doubt { ids: ids.collect(), transaction: None })
    }

    /// Asks whether the rows are written; `None` while that is not decided.
    ///
    /// # Errors
    /// When the database does not answer, or something still holds the rows.
    pub fn find_out<D: Database>(table: &mut Table<'_, D>, doubt: &Doubt) -> Result<Option<bool>, Reason> {
        let dialect = table.database.dialect();
        if let Some(transaction) = doubt.transaction {
            let mut status = Vec::new();
            let sql = format!("SELECT txid_status({transaction})::text");
            table.database.run(&sql, &mut |row| status = row.bytes(0).unwrap_or_default().to_vec())?;
            return Ok(match status.as_slice() {
                b"committed" => Some(true),
                b"aborted" => Some(false),
                _ => None,
            });
        }
        // It waits for whoever holds the rows, which is the transaction itself as long as it is open.
        let id = &table.config.columns.id;
        let (name, rows) = (dialect.name(&table.config.table), dialect.one_of(id, &doubt.ids));
        let mut found = 0;
        let sql = format!("SELECT {} FROM {name} WHERE {rows} FOR UPDATE", dialect.name(id));
        table.database.run(&sql, &mut |_| found += 1)?;
        Ok(Some(found > 0))
    }

    /// Deletes rows that were written too late: their senders were told that they are not stored. Returns those that are
    /// deleted. The others have another server by now, which delivers them.
    ///
    /// # Errors
    /// When the table cannot be written. Then it can be done again.
    pub fn take_out<D: Database>(table: &mut Table<'_, D>, ids: &[RowId]) -> Result<Vec<RowId>, StoreError> {
        // A new row is nobody's, and only what is this server's is deleted.
        let mine = table.claim(ids)?;
        if !mine.is_empty() {
            table.delete(&mine)?;
        }
        Ok(mine)
    }
}

fn numbers(text: &[u8]) -> Vec<RowId> {
    let numbers = std::str::from_utf8(text).unwrap_or_default().split(',');
    numbers.filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::config::settings::Config;
    use crate::silo::config::sharing::Sharing;
    use crate::silo::fakes::bob;
    use crate::silo::fakes::sqlite::Sqlite;

    const FIRST: Sharing = Sharing { server: 7, speed: 1 };
    const SECOND: Sharing = Sharing { server: 8, speed: 1 };

    /// Writes so many rows in one batch, and gives their ids.
    fn write<D: Database>(table: &mut Table<'_, D>, count: usize) -> Vec<RowId> {
        let message = NewMessage {
            owner: bob(),
            from: b"sip:alice@example.org".to_vec(),
            to: b"sip:bob@example.org".to_vec(),
            content_type: b"text/plain".to_vec(),
            body: b"hello".to_vec(),
            headers: Vec::new(),
            call_id: Vec::new(),
            stored_at: 1_800_000_000,
            expires_at: 1_800_001_000,
            due_at: 0,
        };
        Batches::look(table).insert(table, &vec![&message; count], &mut || true).unwrap()
    }

    #[test]
    fn a_row_that_came_too_late_is_taken_out_also_where_the_table_is_shared() {
        for shared in [None, Some(FIRST)] {
            let (mut database, config) = (Sqlite::new(), Config { shared, ..Config::default() });
            let mut table = Table::new(&mut database, &config);
            assert_eq!(write(&mut table, 3), [1, 2, 3]);
            assert_eq!(Batches::take_out(&mut table, &[1, 3]).unwrap(), [1, 3]);
            assert_eq!(database.ids(), [2], "{shared:?}");
        }
    }

    #[test]
    fn a_row_that_another_server_delivers_by_now_is_left_to_it() {
        let (first, second) = [FIRST, SECOND].map(|shared| Config { shared: Some(shared), ..Config::default() }).into();
        let mut database = Sqlite::new();
        write(&mut Table::new(&mut database, &first), 2);
        assert_eq!(Table::new(&mut database, &second).claim(&[1]).unwrap(), [1]);
        assert_eq!(Batches::take_out(&mut Table::new(&mut database, &first), &[1, 2]).unwrap(), [2]);
        assert_eq!(database.ids(), [1]);
        assert_eq!(Batches::take_out(&mut Table::new(&mut database, &first), &[1]).unwrap(), []);
        assert_eq!(database.ids(), [1]);
    }

    #[test]
    fn ids_come_as_a_list() {
        assert_eq!(numbers(b"1,4294967297"), [1, 4_294_967_297]);
        assert_eq!(numbers(b""), []);
    }
}
