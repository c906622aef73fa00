//! The silo's table: rows in and out, through whatever database the server uses.

use std::collections::HashSet;
use std::time::Duration;

use super::database::{Database, Reason, Row};
use super::dialect::Dialect;
use super::store::{Page, Store, StoreError};
use super::value::{Condition, Op, Value};
use crate::silo::config::columns::Columns;
use crate::silo::config::settings::Config;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, NewMessage, RowId, StoredMessage};
use crate::silo::time::UnixTime;

/// The table behind a database connection.
#[derive(Debug)]
pub struct Table<'c, D> {
    pub(super) database: D,
    pub(super) config: &'c Config,
}

impl<'c, D: Database> Table<'c, D> {
    /// The table that `config` names, reached through `database`.
    pub fn new(database: D, config: &'c Config) -> Self {
        Self { database, config }
    }

    pub(super) fn columns(&self) -> &'c Columns {
        &self.config.columns
    }

    /// From now on no statement waits for a lock beyond `deadline`; see [`Database::wait_until`].
    pub fn wait_until(&mut self, deadline: Option<Duration>) {
        self.database.wait_until(deadline);
    }

    /// The dialect for a question about `owner`: plain calls of the DB API where SQL text could mean another name.
    pub(super) fn dialect_for(&self, owner: &Aor) -> Dialect {
        let dialect = self.database.dialect();
        match dialect.can_say(owner.user()) && dialect.can_say(owner.host()) {
            true => dialect,
            false => Dialect::Plain,
        }
    }

    /// A single number from a database that speaks SQL.
    pub(super) fn number(&mut self, sql: &str) -> Result<Option<i64>, Reason> {
        let mut number = None;
        self.database.run(sql, &mut |row| number = row.int(0))?;
        Ok(number)
    }

    /// The condition for rows that are no reminders. Where reminders are off, all rows are ordinary ones. A negative
    /// time is what C made of one after 2038.
    fn ordinary_sql(&self, dialect: Dialect) -> String {
        match self.config.reminders {
            Some(_) => format!("{} <= 0", dialect.name(&self.columns().due_at)),
            None => "1 = 1".to_owned(),
        }
    }

    /// The last id without SQL text. A database that cannot limit a query has given the whole inbox as one page,
    /// so only one that can is asked.
    fn last_id_by_api(&mut self, owner: &Aor) -> Result<Option<RowId>, StoreError> {
        let c = self.columns();
        let user = Condition { column: &c.user, op: Op::Equal, value: Value::Text(owner.user()) };
        let (order, mut last) = (format!("{} DESC LIMIT 1", c.id), None);
        if self.database.dialect().speaks_sql() {
            let read = self.database.select(&[&c.id], &[user], &order, &mut |row| last = row.int(0));
            read.map_err(failed(format!("read the inbox of {owner}")))?;
        }
        Ok(last)
    }

    pub(super) fn owner_sql(&self, dialect: Dialect, owner: &Aor) -> String {
        let c = self.columns();
        let user = dialect.same_user(&c.user, owner.user());
        format!("{user} AND {}", dialect.same_host(&c.host, owner.host()))
    }

    /// Changes many rows: one statement where the database speaks SQL, else one for each.
    fn change(
        &mut self,
        ids: &[RowId],
        sql: impl Fn(Dialect, String) -> String,
        plain: impl Fn(&mut D, Condition<'_>) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let id_column = &self.config.columns.id;
        match self.database.dialect() {
            dialect if !dialect.speaks_sql() => ids.iter().try_for_each(|&id| {
                plain(&mut self.database, Condition { column: id_column, op: Op::Equal, value: Value::Int(id) })
            }),
            dialect => {
                let sql = sql(dialect, dialect.one_of(id_column, ids));
                self.database.execute(&sql)
            }
        }
    }
}

pub(super) fn failed(action: impl Into<String>) -> impl FnOnce(Reason) -> StoreError {
    move |reason| StoreError { action: action.into(), reason }
}

impl<D: Database> Store for Table<'_, D> {
    fn insert(&mut self, message: &NewMessage) -> Result<(), StoreError> {
        let fields = self.fields(message);
        let action = || format!("store a message for {}", message.owner);
        let dialect = self.database.dialect();
        let size = message.body.len().saturating_add(message.headers.len());
        let faster = fields.iter().all(|(_, value)| dialect.inserts_faster_as_text(value));
        let as_text =
            faster || size > dialect.insert_limit() && fields.iter().all(|(_, value)| dialect.can_say_value(value));
        let stored = match as_text {
            true => self.database.execute(&dialect.insert(&self.config.table, &fields)),
            false => {
                let columns = fields.map(|(column, _)| column.as_str());
                self.database.insert(&columns, &fields.map(|(_, value)| dialect.storable(value)))
            }
        };
        let hint = |reason: Reason| match size > dialect.insert_limit() {
            true => format!("{reason}; for {size} bytes the core parameter sql_buffer_size must be over {}", size * 2),
            false => reason,
        };
        stored.map_err(|reason| failed(action())(hint(reason)))
    }

    fn count(&mut self, owner: &Aor, now: UnixTime) -> Result<u64, StoreError> {
        let c = self.columns();
        let count = match self.dialect_for(owner) {
            Dialect::Plain => {
                let user = Condition { column: &c.user, op: Op::Equal, value: Value::Text(owner.user()) };
                let alive = Condition { column: &c.expires_at, op: Op::Greater, value: Value::Int(now) };
                let (columns, mut count) = ([c.user.as_str(), c.host.as_str()], 0);
                let mut each = |row: &dyn Row| {
                    let [user, host] = [0, 1].map(|column| row.bytes(column).unwrap_or_default());
                    count += i64::from(owner.owns(user, host));
                };
                self.database.select(&columns, &[user, alive], &c.id, &mut each).map(|()| Some(count))
            }
            dialect => {
                let (table, alive) = (dialect.name(&self.config.table), dialect.name(&c.expires_at));
                let owner = self.owner_sql(dialect, owner);
                self.number(&format!("SELECT COUNT(*) FROM {table} WHERE {owner} AND {alive} > {now}"))
            }
        };
        let count = count.map_err(failed(format!("count the messages of {owner}")))?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    fn occupied(&mut self, mut owners: Vec<Aor>) -> Result<Vec<Aor>, StoreError> {
        let (c, dialect) = (self.columns(), self.database.dialect());
        let sayable = |owner: &Aor| dialect.can_say(owner.user()) && dialect.can_say(owner.host());
        let users: Vec<_> =
            owners.iter().filter(|owner| sayable(owner)).map(|owner| dialect.text(owner.user())).collect();
        if users.is_empty() {
            return Ok(owners);
        }
        // Only what the index holds is asked for; who is who is found out here.
        let [user, host, table] = [&c.user, &c.host, &self.config.table].map(|name| dialect.name(name));
        let exact = dialect.exact(&user);
        let sql = format!("SELECT DISTINCT {exact}, {host} FROM {table} WHERE {user} IN ({})", users.join(","));
        let mut occupied = HashSet::new();
        let mut each = |row: &dyn Row| {
            let [user, host] = [0, 1].map(|column| row.bytes(column).unwrap_or_default());
            occupied.extend(Aor::new(user, host));
        };
        self.database.run(&sql, &mut each).map_err(failed(format!("look into {} inboxes", owners.len())))?;
        owners.retain(|owner| !sayable(owner) || occupied.contains(owner));
        Ok(owners)
    }

    fn page(&mut self, owner: &Aor, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        let c = self.columns();
        let dialect = self.dialect_for(owner);
        let [id, alive] = [&c.id, &c.expires_at].map(|column| dialect.name(column));
        let (owner_sql, ordinary_sql) = (self.owner_sql(dialect, owner), self.ordinary_sql(dialect));
        let sql = format!("{owner_sql} AND {ordinary_sql} AND {alive} > {now} AND {id} > {after}");
        let plain = [
            Condition { column: &c.user, op: Op::Equal, value: Value::Text(owner.user()) },
            Condition { column: &c.expires_at, op: Op::Greater, value: Value::Int(now) },
            Condition { column: &c.id, op: Op::Greater, value: Value::Int(after.max(-1)) },
        ];
        let reminders = self.config.reminders.is_some();
        // Some databases compare user parts without regard to case; SIP does not.
        let wanted = |message: &StoredMessage| {
            let ordinary = message.due_at <= 0 || !reminders;
            ordinary && message.id > after && owner.owns(&message.user, &message.host)
        };
        self.read(dialect, &sql, &plain, limit, wanted).map_err(failed(format!("read the inbox of {owner}")))
    }

    fn rows(&mut self, owner: &Aor, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError> {
        let (dialect, reminders) = (self.database.dialect(), self.config.reminders.is_some());
        let id_column = &self.config.columns.id;
        let wanted = |message: &StoredMessage| {
            let ordinary = message.due_at <= 0 || !reminders;
            ordinary && message.expires_at > now && owner.owns(&message.user, &message.host)
        };
        // Whoever does not speak SQL is asked for one after the other.
        let group = if dialect.speaks_sql() { ids.len() } else { 1 };
        let mut messages = Vec::new();
        for group in ids.chunks(group.max(1)) {
            let plain = group.iter().map(|&id| Condition { column: id_column, op: Op::Equal, value: Value::Int(id) });
            let plain: Vec<_> = plain.collect();
            let read = self.read(dialect, &dialect.one_of(id_column, group), &plain, group.len(), wanted);
            messages.extend(read.map_err(failed(format!("read the inbox of {owner}")))?.messages);
        }
        Ok(messages)
    }

    fn last_id(&mut self, owner: &Aor) -> Result<Option<RowId>, StoreError> {
        let dialect = self.dialect_for(owner);
        let last = dialect.whole_int(&format!("MAX({})", dialect.name(&self.columns().id)));
        let table = dialect.name(&self.config.table);
        let (owner_sql, ordinary_sql) = (self.owner_sql(dialect, owner), self.ordinary_sql(dialect));
        let sql = format!("SELECT {last} FROM {table} WHERE {owner_sql} AND {ordinary_sql}");
        match dialect {
            Dialect::Plain => self.last_id_by_api(owner),
            _ => self.number(&sql).map_err(failed(format!("read the inbox of {owner}"))),
        }
    }

    fn due(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        let c = self.columns();
        let dialect = self.database.dialect();
        let [id, due, alive] = [&c.id, &c.due_at, &c.expires_at].map(|column| dialect.name(column));
        let sql = format!("{due} > 0 AND {due} <= {now} AND {alive} > {now} AND {id} > {after}");
        let plain = [
            Condition { column: &c.due_at, op: Op::Greater, value: Value::Int(0) },
            Condition { column: &c.due_at, op: Op::LessOrEqual, value: Value::Int(now) },
        ];
        let wanted = |message: &StoredMessage| message.id > after && message.expires_at > now;
        self.read(dialect, &sql, &plain, limit, wanted).map_err(failed("read the reminders that are due"))
    }

    fn holds(&mut self, id: RowId, owner: &Aor, stored_at: UnixTime) -> Result<bool, StoreError> {
        let c = self.columns();
        let row = Condition { column: &c.id, op: Op::Equal, value: Value::Int(id) };
        let (columns, mut found) = ([&c.user, &c.host, &c.stored_at].map(String::as_str), false);
        let mut each = |row: &dyn Row| {
            let [user, host] = [0, 1].map(|column| row.bytes(column).unwrap_or_default());
            found |= owner.owns(user, host) && row.int(2) == Some(stored_at);
        };
        let read = self.database.select(&columns, &[row], &c.id, &mut each);
        read.map_err(failed(format!("look for message {id} of {owner}")))?;
        Ok(found)
    }

    fn heads(&mut self, ids: &[RowId]) -> Result<Vec<Head>, StoreError> {
        self.heads_of_rows(ids)
    }

    fn delete(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        let table = &self.config.table;
        let mine = self.still_mine();
        let sql = |dialect: Dialect, rows| format!("DELETE FROM {} WHERE {rows}{mine}", dialect.name(table));
        self.change(ids, sql, |database, row| database.delete(&[row]))
            .map_err(failed(format!("delete {} delivered messages", ids.len())))
    }

    fn make_ordinary(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        let (table, due, mine) = (&self.config.table, &self.config.columns.due_at, self.still_mine());
        let free = self.set_free();
        let sql = |dialect: Dialect, rows| {
            format!("UPDATE {} SET {} = 0{free} WHERE {rows}{mine}", dialect.name(table), dialect.name(due))
        };
        self.change(ids, sql, |database, row| database.update(&[row], due, Value::Int(0)))
            .map_err(failed(format!("turn {} missed reminders into ordinary messages", ids.len())))
    }

    fn check(&mut self) -> Result<(), StoreError> {
        let id = Condition { column: &self.config.columns.id, op: Op::Equal, value: Value::Int(0) };
        let columns = [self.config.columns.id.as_str()];
        self.database.select(&columns, &[id], columns[0], &mut |_| {}).map_err(failed("reach the table"))
    }

    fn count_expired(&mut self, now: UnixTime) -> Result<u64, StoreError> {
        self.number_of_expired(now)
    }

    fn claim(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError> {
        self.claim_rows(ids).map_err(failed(format!("claim {} messages for this server", ids.len())))
    }

    fn renew(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError> {
        self.renew_rows(ids).map_err(failed(format!("renew the claims of this server to {} messages", ids.len())))
    }

    fn release(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        self.release_rows(ids).map_err(failed(format!("give up the claims of this server to {} messages", ids.len())))
    }

    fn delete_expired(&mut self, now: UnixTime) -> Result<(), StoreError> {
        let column = &self.config.columns.expires_at;
        let over = Condition { column, op: Op::LessOrEqual, value: Value::Int(now) };
        self.database.delete(&[over]).map_err(failed("delete expired messages"))
    }
}
