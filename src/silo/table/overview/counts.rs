//! How much is in the table, and in one inbox.

use std::collections::{BTreeMap, HashSet};

use crate::silo::message::aor::Aor;
use crate::silo::table::database::{Database, Reason, Row};
use crate::silo::table::dialect::Dialect;
use crate::silo::table::silo_table::{failed, Table};
use crate::silo::table::store::StoreError;
use crate::silo::table::value::{Condition, Op, Value};
use crate::silo::time::UnixTime;

/// How much there is in the whole table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows that are not over, reminders among them.
    pub messages: u64,
    /// Owners of those.
    pub inboxes: u64,
    /// How many of those have a time of their own.
    pub reminders: u64,
    /// Rows that are over, and go with the next sweep.
    pub expired: u64,
    /// When the oldest that is not over was stored.
    pub oldest: Option<UnixTime>,
    /// How many rows each value of the column `status` but 0 has.
    pub by_status: BTreeMap<i64, u64>,
}

/// How much there is in one inbox that is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows, reminders among them.
    pub messages: u64,
    /// How many of those have a time of their own.
    pub reminders: u64,
    /// When the oldest was stored.
    pub oldest: Option<UnixTime>,
    /// When the newest was stored.
    pub newest: Option<UnixTime>,
}

impl Tally {
    fn add(&mut self, stored_at: UnixTime, is_reminder: bool) {
        self.messages += 1;
        self.reminders += u64::from(is_reminder);
        self.oldest = Some(self.oldest.map_or(stored_at, |oldest| oldest.min(stored_at)));
        self.newest = Some(self.newest.map_or(stored_at, |newest| newest.max(stored_at)));
    }
}

fn count(row: &dyn Row, column: usize) -> u64 {
    row.int(column).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

impl<D: Database> Table<'_, D> {
    /// How much there is. It reads the whole table, in two statements; on a driver without SQL in one.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn summary(&mut self, now: UnixTime) -> Result<Summary, StoreError> {
        let summary = match self.database.dialect() {
            dialect if dialect.speaks_sql() => self.summary_by_sql(dialect, now),
            _ => self.summary_by_api(now),
        };
        summary.map_err(failed("count the messages"))
    }

    fn summary_by_sql(&mut self, dialect: Dialect, now: UnixTime) -> Result<Summary, Reason> {
        let c = self.columns();
        let [status, over, stored, due, user, host, table] =
            [&c.status, &c.expires_at, &c.stored_at, &c.due_at, &c.user, &c.host, &self.config.table]
                .map(|name| dialect.name(name));
        let reminders = match self.config.reminders {
            Some(_) => format!("COUNT(CASE WHEN {over} > {now} AND {due} > 0 THEN 1 END)"),
            None => "0".to_owned(),
        };
        let columns = [
            status.clone(),
            format!("COUNT(CASE WHEN {over} > {now} THEN 1 END)"),
            format!("COUNT(CASE WHEN {over} <= {now} THEN 1 END)"),
            reminders,
            format!("MIN(CASE WHEN {over} > {now} THEN {stored} END)"),
        ];
        let list = columns.map(|column| dialect.whole_int(&column)).join(", ");
        let mut summary = Summary::default();
        let mut each = |row: &dyn Row| {
            summary.messages += count(row, 1);
            summary.expired += count(row, 2);
            summary.reminders += count(row, 3);
            summary.oldest = summary.oldest.into_iter().chain(row.int(4)).min();
            if let Some(status) = row.int(0).filter(|&status| status != 0) {
                *summary.by_status.entry(status).or_default() += count(row, 1);
            }
        };
        self.database.run(&format!("SELECT {list} FROM {table} GROUP BY {status}"), &mut each)?;
        let user = dialect.exact(&user);
        let owners = format!("SELECT DISTINCT {user} AS a, LOWER({host}) AS b FROM {table} WHERE {over} > {now}");
        let inboxes = self.number(&format!("SELECT COUNT(*) FROM ({owners}) AS owners"))?;
        summary.inboxes = inboxes.and_then(|inboxes| u64::try_from(inboxes).ok()).unwrap_or(0);
        Ok(summary)
    }

    fn summary_by_api(&mut self, now: UnixTime) -> Result<Summary, Reason> {
        let c = self.columns();
        let columns = [&c.user, &c.host, &c.expires_at, &c.stored_at, &c.due_at, &c.status].map(String::as_str);
        let every = Condition { column: &c.id, op: Op::Greater, value: Value::Int(-1) };
        let has_reminders = self.config.reminders.is_some();
        let (mut summary, mut owners) = (Summary::default(), HashSet::new());
        let mut each = |row: &dyn Row| {
            let number = |column| row.int(column).unwrap_or_default();
            if number(2) <= now {
                summary.expired += 1;
                return;
            }
            let text = |column| row.bytes(column).unwrap_or_default();
            owners.insert((text(0).to_vec(), text(1).to_ascii_lowercase()));
            summary.messages += 1;
            summary.reminders += u64::from(has_reminders && number(4) > 0);
            summary.oldest = summary.oldest.into_iter().chain(row.int(3)).min();
            if number(5) != 0 {
                *summary.by_status.entry(number(5)).or_default() += 1;
            }
        };
        self.database.select(&columns, &[every], &c.id, &mut each)?;
        summary.inboxes = owners.len() as u64;
        Ok(summary)
    }

    /// How much there is in the inbox of `owner`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn tally(&mut self, owner: &Aor, now: UnixTime) -> Result<Tally, StoreError> {
        let tally = match self.dialect_for(owner) {
            dialect if dialect.speaks_sql() => self.tally_by_sql(dialect, owner, now),
            _ => self.tally_by_api(owner, now),
        };
        tally.map_err(failed(format!("count the messages of {owner}")))
    }

    fn tally_by_sql(&mut self, dialect: Dialect, owner: &Aor, now: UnixTime) -> Result<Tally, Reason> {
        let c = self.columns();
        let [over, stored, due, table] =
            [&c.expires_at, &c.stored_at, &c.due_at, &self.config.table].map(|name| dialect.name(name));
        let reminders = match self.config.reminders {
            Some(_) => format!("COUNT(CASE WHEN {due} > 0 THEN 1 END)"),
            None => "0".to_owned(),
        };
        let columns = ["COUNT(*)".to_owned(), reminders, format!("MIN({stored})"), format!("MAX({stored})")];
        let list = columns.map(|column| dialect.whole_int(&column)).join(", ");
        let owner = self.owner_sql(dialect, owner);
        let mut tally = Tally::default();
        let mut each = |row: &dyn Row| {
            let (oldest, newest) = (row.int(2), row.int(3));
            tally = Tally { messages: count(row, 0), reminders: count(row, 1), oldest, newest };
        };
        let sql = format!("SELECT {list} FROM {table} WHERE {owner} AND {over} > {now}");
        self.database.run(&sql, &mut each)?;
        Ok(tally)
    }

    fn tally_by_api(&mut self, owner: &Aor, now: UnixTime) -> Result<Tally, Reason> {
        let c = self.columns();
        let columns = [&c.user, &c.host, &c.stored_at, &c.due_at].map(String::as_str);
        let user = Condition { column: &c.user, op: Op::Equal, value: Value::Text(owner.user()) };
        let alive = Condition { column: &c.expires_at, op: Op::Greater, value: Value::Int(now) };
        let has_reminders = self.config.reminders.is_some();
        let mut tally = Tally::default();
        let mut each = |row: &dyn Row| {
            let [user, host] = [0, 1].map(|column| row.bytes(column).unwrap_or_default());
            if owner.owns(user, host) {
                let [stored_at, due_at] = [2, 3].map(|column| row.int(column).unwrap_or_default());
                tally.add(stored_at, has_reminders && due_at > 0);
            }
        };
        self.database.select(&columns, &[user, alive], &c.id, &mut each)?;
        Ok(tally)
    }

    /// See [`Store::count_expired`](crate::silo::table::store::Store::count_expired).
    pub(in crate::silo::table) fn number_of_expired(&mut self, now: UnixTime) -> Result<u64, StoreError> {
        let c = self.columns();
        let expired = match self.database.dialect() {
            dialect if dialect.speaks_sql() => {
                let [table, over] = [&self.config.table, &c.expires_at].map(|name| dialect.name(name));
                self.number(&format!("SELECT COUNT(*) FROM {table} WHERE {over} <= {now}"))
            }
            _ => {
                let over = Condition { column: &c.expires_at, op: Op::LessOrEqual, value: Value::Int(now) };
                let mut count = 0;
                let read = self.database.select(&[&c.id], &[over], &c.id, &mut |_| count += 1);
                read.map(|()| Some(count))
            }
        };
        let expired = expired.map_err(failed("count the expired messages"))?;
        Ok(expired.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}
