//! Rows without their texts, a page at a time.

use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, RowId, StoredMessage};
use crate::silo::table::database::{Database, Reason, Row};
use crate::silo::table::dialect::Dialect;
use crate::silo::table::rows::Column;
use crate::silo::table::silo_table::{failed, Table};
use crate::silo::table::store::StoreError;
use crate::silo::table::value::{Condition, Op, Value};
use crate::silo::time::UnixTime;

/// Part of what was asked for, in the order of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The rows of this page.
    pub rows: Vec<Head>,
    /// Whether there is nothing behind this page.
    pub complete: bool,
}

/// Which rows are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of one inbox.
    Of(&'a Aor),
    /// Those that are over at that time.
    Expired(UnixTime),
    /// Those that were stored at that time or before.
    StoredBy(UnixTime),
}

impl<D: Database> Table<'_, D> {
    /// The first `limit` rows with an id above `after`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn heads_after(&mut self, which: Which<'_>, after: RowId, limit: usize) -> Result<Heads, StoreError> {
        let mut after = after;
        loop {
            let (mut heads, last) = self.page_of_heads(which, after, limit).map_err(failed("list messages"))?;
            // A page in which all were another's is followed by the next; one that does not get any further is the last.
            if heads.rows.is_empty() && !heads.complete && last > after {
                after = last;
                continue;
            }
            heads.rows.sort_by_key(|head| head.id);
            heads.complete &= heads.rows.len() <= limit;
            heads.rows.truncate(limit);
            return Ok(heads);
        }
    }

    fn page_of_heads(&mut self, which: Which<'_>, after: RowId, limit: usize) -> Result<(Heads, RowId), Reason> {
        let c = self.columns();
        let dialect = match which {
            Which::Of(owner) => self.dialect_for(owner),
            Which::Expired(_) | Which::StoredBy(_) => self.database.dialect(),
        };
        let behind = Condition { column: &c.id, op: Op::Greater, value: Value::Int(after.max(-1)) };
        let (sql, plain) = match which {
            Which::Of(owner) => {
                let user = Condition { column: &c.user, op: Op::Equal, value: Value::Text(owner.user()) };
                (self.owner_sql(dialect, owner), user)
            }
            Which::Expired(time) | Which::StoredBy(time) => {
                let column = if matches!(which, Which::Expired(_)) { &c.expires_at } else { &c.stored_at };
                let plain = Condition { column, op: Op::LessOrEqual, value: Value::Int(time) };
                (format!("{} <= {time}", dialect.name(column)), plain)
            }
        };
        let sql = format!("{sql} AND {} > {after}", dialect.name(&c.id));
        let wanted = |head: &Head| match which {
            Which::Of(owner) => head.id > after && owner.owns(&head.user, &head.host),
            Which::Expired(_) | Which::StoredBy(_) => head.id > after,
        };
        let (mut rows, mut last) = (Vec::new(), RowId::MIN);
        let mut take = |head: Head| {
            last = last.max(head.id);
            rows.extend(Some(head).filter(wanted));
        };
        let complete = self.read_heads(dialect, &sql, &[plain, behind], limit, &mut take)?;
        Ok((Heads { rows, complete }, last))
    }

    /// See [`Store::heads`](crate::silo::table::store::Store::heads).
    pub(in crate::silo::table) fn heads_of_rows(&mut self, ids: &[RowId]) -> Result<Vec<Head>, StoreError> {
        let (dialect, id_column) = (self.database.dialect(), &self.config.columns.id);
        // Whoever does not speak SQL is asked for one after the other.
        let group = if dialect.speaks_sql() { ids.len() } else { 1 };
        let mut rows = Vec::new();
        for group in ids.chunks(group.max(1)) {
            let plain = group.iter().map(|&id| Condition { column: id_column, op: Op::Equal, value: Value::Int(id) });
            let (plain, sql): (Vec<_>, _) = (plain.collect(), dialect.one_of(id_column, group));
            let read = self.read_heads(dialect, &sql, &plain, group.len(), &mut |head| rows.push(head));
            read.map_err(failed(format!("look for {} messages", ids.len())))?;
        }
        Ok(rows)
    }

    /// The whole row, over or not.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn whole(&mut self, id: RowId) -> Result<Option<StoredMessage>, StoreError> {
        let (dialect, id_column) = (self.database.dialect(), &self.config.columns.id);
        let plain = [Condition { column: id_column, op: Op::Equal, value: Value::Int(id) }];
        let read = self.read(dialect, &dialect.one_of(id_column, &[id]), &plain, 1, |message| message.id == id);
        let page = read.map_err(failed(format!("read message {id}")))?;
        Ok(page.messages.into_iter().next())
    }

    fn read_heads(
        &mut self,
        dialect: Dialect,
        sql: &str,
        plain: &[Condition<'_>],
        limit: usize,
        take: &mut dyn FnMut(Head),
    ) -> Result<bool, Reason> {
        let c = self.columns();
        let plain_names =
            [&c.id, &c.user, &c.host, &c.from, &c.to, &c.content_type, &c.body, &c.stored_at, &c.expires_at]
                .into_iter()
                .chain([&c.due_at, &c.status]);
        let columns: Vec<_> = plain_names
            .map(|name| {
                let is_body = *name == c.body;
                let sql = if is_body { dialect.length(name) } else { dialect.name(name) };
                Column { name, sql }
            })
            .collect();
        let counts = dialect.speaks_sql();
        let mut each = |row: &dyn Row| {
            if let Some(head) = head(row, counts) {
                take(head);
            }
        };
        self.read_columns(dialect, &columns, sql, plain, limit, &mut each)
    }
}

/// Reads a row; where the database does not count the bytes of the body, it is that column itself. `None` when it has no
/// id: such a row can be neither sent nor deleted.
fn head(row: &dyn Row, counts: bool) -> Option<Head> {
    let bytes = |column| row.bytes(column).unwrap_or_default().to_vec();
    let number = |column| row.int(column).unwrap_or_default();
    let size = match counts {
        true => u64::try_from(number(6)).unwrap_or(0),
        false => row.bytes(6).map_or(0, |body| body.len() as u64),
    };
    Some(Head {
        id: row.int(0)?,
        user: bytes(1),
        host: bytes(2),
        from: bytes(3),
        to: bytes(4),
        content_type: row.bytes(5).filter(|text| *text != b" ").unwrap_or_default().to_vec(),
        size,
        stored_at: number(7),
        expires_at: number(8),
        due_at: number(9),
        status: number(10),
    })
}
