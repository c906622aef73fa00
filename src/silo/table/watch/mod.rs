//! What is asked of the table for those who want to hear of messages: which are over, which have waited for long, and which
//! row was just written. Nothing of it is asked while nobody wants to hear.

use super::database::{Database, Row};
use super::dialect::Dialect;
use super::silo_table::Table;
use super::store::{Page, StoreError, Watch, INBOXES};
use super::value::{Condition, Op, Value};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{NewMessage, RowId, StoredMessage};
use crate::silo::time::UnixTime;

fn failed(action: &str) -> impl FnOnce(String) -> StoreError + '_ {
    move |reason| StoreError { action: action.to_owned(), reason }
}

impl<D: Database> Watch for Table<'_, D> {
    fn over(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        let (c, dialect) = (&self.config.columns, self.database.dialect());
        let sql = format!("{} <= {now} AND {} > {after}", dialect.name(&c.expires_at), dialect.name(&c.id));
        let plain = [
            Condition { column: &c.expires_at, op: Op::LessOrEqual, value: Value::Int(now) },
            Condition { column: &c.id, op: Op::Greater, value: Value::Int(after.max(-1)) },
        ];
        let wanted = |message: &StoredMessage| message.id > after && message.expires_at <= now;
        self.read(dialect, &sql, &plain, limit, wanted).map_err(failed("read expired messages"))
    }

    fn delete_over(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        let (table, id) = (&self.config.table, &self.config.columns.id);
        let deleted = match self.database.dialect() {
            dialect if dialect.speaks_sql() => {
                let sql = format!("DELETE FROM {} WHERE {}", dialect.name(table), dialect.one_of(id, ids));
                self.database.execute(&sql)
            }
            _ => {
                let mut row = |&number: &RowId| {
                    self.database.delete(&[Condition { column: id, op: Op::Equal, value: Value::Int(number) }])
                };
                ids.iter().try_for_each(&mut row)
            }
        };
        deleted.map_err(failed("delete expired messages"))
    }

    fn waiting(&mut self, after: RowId, before: UnixTime, now: UnixTime) -> Result<Vec<RowId>, StoreError> {
        let (c, dialect) = (&self.config.columns, self.database.dialect());
        let mut ids = Vec::new();
        let read = match dialect.speaks_sql() {
            true => {
                let [id, stored, alive, user, host] =
                    [&c.id, &c.stored_at, &c.expires_at, &c.user, &c.host].map(|column| dialect.name(column));
                let user = dialect.exact(&user);
                let ordinary = match self.config.reminders {
                    Some(_) => format!(" AND {} <= 0", dialect.name(&c.due_at)),
                    None => String::new(),
                };
                let (first, table) = (dialect.whole_int(&format!("MIN({id})")), dialect.name(&self.config.table));
                let sql = format!(
                    "SELECT {first} FROM {table} WHERE {stored} <= {before} AND {alive} > {now}{ordinary} \
                     GROUP BY {user}, {host} HAVING MIN({id}) > {after} ORDER BY MIN({id}) LIMIT {INBOXES}"
                );
                self.database.run(&sql, &mut |row| ids.extend(row.int(0)))
            }
            false => self.waiting_by_api(before, now, &mut ids),
        };
        read.map_err(failed("look for messages that have waited for long"))?;
        ids.sort_unstable();
        ids.retain(|&id| id > after);
        ids.truncate(INBOXES);
        Ok(ids)
    }

    fn of_anybody(&mut self, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError> {
        let (dialect, reminders) = (self.database.dialect(), self.config.reminders.is_some());
        let column = &self.config.columns.id;
        let wanted = |message: &StoredMessage| (message.due_at <= 0 || !reminders) && message.expires_at > now;
        // Whoever does not speak SQL is asked for one after the other.
        let group = if dialect.speaks_sql() { ids.len() } else { 1 };
        let mut messages = Vec::new();
        for group in ids.chunks(group.max(1)) {
            let equal = |&id: &RowId| Condition { column, op: Op::Equal, value: Value::Int(id) };
            let plain: Vec<_> = group.iter().map(equal).collect();
            let page = self.read(dialect, &dialect.one_of(column, group), &plain, group.len(), wanted);
            messages.extend(page.map_err(failed("read messages that have waited for long"))?.messages);
        }
        Ok(messages)
    }

    fn row_of(&mut self, message: &NewMessage) -> Result<Option<RowId>, StoreError> {
        let c = &self.config.columns;
        let dialect = self.database.dialect();
        let last = match dialect {
            Dialect::Sqlite => Some("last_insert_rowid()"),
            Dialect::Mysql => Some("LAST_INSERT_ID()"),
            Dialect::Postgres => Some("lastval()"),
            _ => None,
        };
        let mut id = None;
        let read = match last {
            Some(last) => {
                let sql = format!("SELECT {}", dialect.whole_int(last));
                self.database.run(&sql, &mut |row| id = row.int(0))
            }
            // The newest of those that came in for him in this second.
            None => {
                let conditions = [
                    Condition { column: &c.user, op: Op::Equal, value: Value::Text(message.owner.user()) },
                    Condition { column: &c.stored_at, op: Op::Equal, value: Value::Int(message.stored_at) },
                ];
                self.database.select(&[&c.id], &conditions, &c.id, &mut |row| id = id.max(row.int(0)))
            }
        };
        read.map_err(failed("learn the id of a message"))?;
        Ok(id)
    }
}

impl<D: Database> Table<'_, D> {
    /// [`Watch::waiting`] where the database does not group.
    fn waiting_by_api(&mut self, before: UnixTime, now: UnixTime, ids: &mut Vec<RowId>) -> Result<(), String> {
        let c = &self.config.columns;
        let conditions = [
            Condition { column: &c.stored_at, op: Op::LessOrEqual, value: Value::Int(before) },
            Condition { column: &c.expires_at, op: Op::Greater, value: Value::Int(now) },
        ];
        let (reminders, mut oldest) = (self.config.reminders.is_some(), std::collections::HashMap::<Aor, RowId>::new());
        let mut each = |row: &dyn Row| {
            let [user, host] = [1, 2].map(|column| row.bytes(column).unwrap_or_default());
            let ordinary = !reminders || row.int(3).unwrap_or(0) <= 0;
            if let (true, Some(id), Ok(owner)) = (ordinary, row.int(0), Aor::new(user, host)) {
                oldest.entry(owner).and_modify(|known| *known = id.min(*known)).or_insert(id);
            }
        };
        self.database.select(&[&c.id, &c.user, &c.host, &c.due_at], &conditions, &c.id, &mut each)?;
        ids.extend(oldest.into_values());
        Ok(())
    }
}
