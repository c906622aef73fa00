//! Rows of the silo's table, read whole.

use super::database::{Database, Reason, Row};
use super::dialect::Dialect;
use super::literals::{joined, Literals};
use super::silo_table::Table;
use super::store::Page;
use super::value::Condition;
use crate::silo::message::model::{RowId, StoredMessage};

/// A column of a result: what is selected, and the column that is read where only the DB API can be used.
pub(super) struct Column<'a> {
    pub name: &'a str,
    pub sql: String,
}

impl<'c, D: Database> Table<'c, D> {
    /// The columns of a [`StoredMessage`], in the order that [`message`] reads them.
    fn message_columns(&self) -> [&'c str; 12] {
        let c = &self.config.columns;
        [
            &c.id,
            &c.user,
            &c.host,
            &c.from,
            &c.to,
            &c.content_type,
            &c.body,
            &c.headers,
            &c.call_id,
            &c.stored_at,
            &c.expires_at,
            &c.due_at,
        ]
    }

    /// Reads rows whole, in the order of their ids. `sql` is the WHERE for `dialect`, `plain` the conditions for
    /// the DB API, where what they cannot say is left to `wanted`.
    pub(super) fn read(
        &mut self,
        dialect: Dialect,
        sql: &str,
        plain: &[Condition<'_>],
        limit: usize,
        wanted: impl Fn(&StoredMessage) -> bool,
    ) -> Result<Page, Reason> {
        let mut columns = Vec::from(self.message_columns().map(|name| {
            // A body is bytes, even where some program has written it as text.
            let cast = dialect.takes_memory_for_columns() && name == self.config.columns.body;
            let sql = dialect.name(name);
            Column { name, sql: if cast { format!("CAST({sql} AS BLOB)") } else { sql } }
        }));
        if let Some(sharing) = self.config.shared.filter(|_| dialect.speaks_sql()) {
            let name = self.config.columns.status.as_str();
            columns.push(Column { name, sql: dialect.holder(name, sharing) });
        }
        let mut page = Page { last: RowId::MIN, ..Page::default() };
        let mut take = |row: &dyn Row| {
            if let Some(message) = message(row) {
                page.last = page.last.max(message.id);
                page.holders.extend(holder(row).map(|holder| (message.id, holder)));
                page.messages.extend(Some(message).filter(&wanted));
            }
        };
        page.complete = self.read_columns(dialect, &columns, sql, plain, limit, &mut take)?;
        page.messages.sort_by_key(|message| message.id);
        if self.config.shared.is_some() && !dialect.speaks_sql() {
            let ids: Vec<_> = page.messages.iter().map(|message| message.id).collect();
            page.holders = self.holders(&ids)?;
        }
        Ok(page)
    }

    /// Shows rows in the order of their ids, `limit` at most where the driver can limit a query. Whether these are all.
    pub(super) fn read_columns(
        &mut self,
        dialect: Dialect,
        columns: &[Column<'_>],
        sql: &str,
        plain: &[Condition<'_>],
        limit: usize,
        take: &mut dyn FnMut(&dyn Row),
    ) -> Result<bool, Reason> {
        let order = &self.config.columns.id;
        let mut rows = 0;
        let mut each = |row: &dyn Row| {
            rows += 1;
            match dialect.takes_memory_for_columns() {
                true => drop(row.bytes(0).and_then(Literals::parse).map(|row| take(&row))),
                false => take(row),
            }
        };
        let limits = self.database.dialect().speaks_sql();
        match dialect {
            _ if !dialect.speaks_sql() => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                // Drivers of SQL databases put the order into their statement as it is, and so take a limit with it.
                let order = if limits { format!("{order} LIMIT {limit}") } else { order.clone() };
                self.database.select(&names, plain, &order, &mut each)?;
            }
            _ => {
                let list: Vec<String> = columns.iter().map(|column| column.sql.clone()).collect();
                let list = match dialect.takes_memory_for_columns() {
                    true => joined(&list),
                    false => list.join(", "),
                };
                let (table, order) = (dialect.name(&self.config.table), dialect.name(order));
                let sql = format!("SELECT {list} FROM {table} WHERE {sql} ORDER BY {order} LIMIT {limit}");
                self.database.run(&sql, &mut each)?;
            }
        }
        Ok(rows < limit || !limits)
    }
}

/// Which server has a row, where the column behind those of [`Table::message_columns`] says so.
fn holder(row: &dyn Row) -> Option<u8> {
    row.int(12).and_then(|holder| u8::try_from(holder).ok()).filter(|&holder| holder != 0)
}

/// Reads a row of [`Table::message_columns`]; `None` when it has no id, and then it can be neither sent nor
/// deleted.
fn message(row: &dyn Row) -> Option<StoredMessage> {
    let bytes = |column| row.bytes(column).unwrap_or_default().to_vec();
    // See Dialect::storable().
    let text = |column| row.bytes(column).filter(|text| *text != b" ").unwrap_or_default().to_vec();
    let time = |column| row.int(column).unwrap_or_default();
    Some(StoredMessage {
        id: row.int(0)?,
        user: bytes(1),
        host: bytes(2),
        from: bytes(3),
        to: bytes(4),
        content_type: text(5),
        body: bytes(6),
        headers: bytes(7),
        call_id: text(8),
        stored_at: time(9),
        expires_at: time(10),
        due_at: time(11),
    })
}
