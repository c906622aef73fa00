//! Rows are claimed, kept, given back and taken away, by their [`lease`](super::lease).

use crate::silo::config::sharing::Sharing;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;
use crate::silo::table::database::{Database, Reason};
use crate::silo::table::dialect::Dialect;
use crate::silo::table::silo_table::{failed, Table};
use crate::silo::table::store::StoreError;
use crate::silo::time::UnixTime;

/// The number of no row.
const NO_ROW: RowId = -1;
/// Rows in one statement.
const GROUP: usize = 200;

impl<D: Database> Table<'_, D> {
    /// What a statement about rows that were claimed ends in: nothing where the table is not shared, else that they must
    /// not be another server's by now.
    pub(in crate::silo::table) fn still_mine(&self) -> String {
        let (dialect, status) = (self.database.dialect(), &self.config.columns.status);
        self.config.shared.map_or_else(String::new, |sharing| format!(" AND {}", dialect.is_mine(status, sharing)))
    }

    /// The number of this server; 0 where the table is not shared.
    pub fn server(&self) -> u8 {
        self.config.shared.map_or(0, |sharing| sharing.server)
    }

    /// What a SET has to hold so that the row is free behind it: nothing where the table is not shared.
    pub(in crate::silo::table) fn set_free(&self) -> String {
        let status = self.database.dialect().name(&self.config.columns.status);
        self.config.shared.map_or_else(String::new, |_| format!(", {status} = 0"))
    }

    /// Takes those of these rows that no other server has. Returns those that are this server's now. Its own get a new lease:
    /// it may not know of the one they have, when the answer to an earlier claim was lost, nor how soon that is over.
    pub(in crate::silo::table) fn claim_rows(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, Reason> {
        self.take(ids, Dialect::is_free_or_mine)
    }

    /// Makes the leases that this server has on these rows new ones. Returns the rows that it has not lost.
    pub(in crate::silo::table) fn renew_rows(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, Reason> {
        self.take(ids, Dialect::is_mine)
    }

    /// Gives rows of this server back.
    pub(in crate::silo::table) fn release_rows(&mut self, ids: &[RowId]) -> Result<(), Reason> {
        let (Some(_), dialect) = (self.config.shared, self.database.dialect()) else { return Ok(()) };
        let [table, status] = [&self.config.table, &self.config.columns.status].map(|name| dialect.name(name));
        let mine = self.still_mine();
        ids.chunks(GROUP).try_for_each(|group| {
            let rows = dialect.one_of(&self.config.columns.id, group);
            self.database.execute(&format!("UPDATE {table} SET {status} = 0 WHERE {rows}{mine}"))
        })
    }

    /// Has this server lose what another server, or its own life before, has in flight: the row stays whatever is
    /// answered there, as an ordinary message. Returns whether that is so.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub fn take_away(&mut self, id: RowId, owner: &Aor, stored_at: UnixTime) -> Result<bool, StoreError> {
        let (Some(sharing), dialect) = (self.config.shared, self.dialect_for(owner)) else { return Ok(false) };
        if !dialect.speaks_sql() {
            // Whose name no SQL text can say for sure.
            return Ok(false);
        }
        let c = &self.config.columns;
        let [table, status, due] = [&self.config.table, &c.status, &c.due_at].map(|name| dialect.name(name));
        let [row, stored] = [&c.id, &c.stored_at].map(|name| dialect.name(name));
        let (owner_sql, now) = (self.owner_sql(dialect, owner), dialect.lease_clock(sharing));
        let changed = self.database.change(&format!(
            "UPDATE {table} SET {status} = 0, {due} = 0 \
             WHERE {row} = {id} AND {stored} = {stored_at} AND {owner_sql} AND {status} >= {now}"
        ));
        Ok(changed.map_err(failed(format!("keep message {id} of {owner}")))? > 0)
    }

    /// Frees what this server had when it ended without giving it back. Returns how many rows others could not have
    /// taken yet.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub fn free_own(&mut self) -> Result<usize, Reason> {
        let (Some(sharing), dialect) = (self.config.shared, self.database.dialect()) else { return Ok(0) };
        let c = &self.config.columns;
        let (table, id) = (dialect.name(&self.config.table), dialect.whole_int(&dialect.name(&c.id)));
        let (mine, holder) = (dialect.is_mine(&c.status, sharing), dialect.holder(&c.status, sharing));
        let (mut ids, mut live) = (Vec::new(), 0);
        self.database.run(&format!("SELECT {id}, {holder} FROM {table} WHERE {mine}"), &mut |row| {
            ids.extend(row.int(0));
            live += usize::from(row.int(1).is_some_and(|holder| holder != 0));
        })?;
        // Also where there is none: whether that is allowed at all has to be known before a message waits.
        self.release_rows(if ids.is_empty() { &[NO_ROW] } else { &ids })?;
        Ok(live)
    }

    /// Who has these rows, where somebody has.
    pub(in crate::silo::table) fn holders(&mut self, ids: &[RowId]) -> Result<Vec<(RowId, u8)>, Reason> {
        let (Some(sharing), dialect) = (self.config.shared, self.database.dialect()) else { return Ok(Vec::new()) };
        let c = &self.config.columns;
        let (table, id) = (dialect.name(&self.config.table), dialect.whole_int(&dialect.name(&c.id)));
        let (rows, holder) = (dialect.one_of(&c.id, ids), dialect.holder(&c.status, sharing));
        let mut held = Vec::new();
        if !ids.is_empty() {
            self.database.run(&format!("SELECT {id}, {holder} FROM {table} WHERE {rows}"), &mut |row| {
                let holder = row.int(1).and_then(|holder| u8::try_from(holder).ok()).filter(|&holder| holder != 0);
                held.extend(row.int(0).zip(holder));
            })?;
        }
        Ok(held)
    }

    /// Puts new leases on those of these rows that meet a condition.
    fn take(
        &mut self,
        ids: &[RowId],
        condition: impl Fn(Dialect, &str, Sharing) -> String,
    ) -> Result<Vec<RowId>, Reason> {
        let (Some(sharing), dialect) = (self.config.shared, self.database.dialect()) else { return Ok(ids.to_vec()) };
        let c = &self.config.columns;
        let [table, status] = [&self.config.table, &c.status].map(|name| dialect.name(name));
        let (condition, lease) = (condition(dialect, &c.status, sharing), dialect.new_lease(sharing));
        let mut mine = Vec::with_capacity(ids.len());
        for group in ids.chunks(GROUP) {
            let rows = dialect.one_of(&c.id, group);
            let changed =
                self.database.change(&format!("UPDATE {table} SET {status} = {lease} WHERE {rows} AND {condition}"));
            // After anything else than all of them, which ones they are is asked. An error may be a clash with another
            // server (1213 of Galera, 40001 of PostgreSQL), or the driver has lost the answer to a statement that was done.
            match changed {
                Ok(changed) if usize::try_from(changed) == Ok(group.len()) => mine.extend(group),
                _ => {
                    let held = self.holders(group)?;
                    mine.extend(held.into_iter().filter(|(_, holder)| *holder == sharing.server).map(|(id, _)| id));
                }
            }
        }
        Ok(mine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::config::settings::Config;
    use crate::silo::table::database::Row;
    use crate::silo::table::store::Store;
    use crate::silo::table::value::{Condition, Value};

    const SHARING: Sharing = Sharing { server: 7, speed: 1 };

    /// A database that notes what it is told, changes all rows, and has none to show.
    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Database for &mut Heard {
        fn dialect(&self) -> Dialect {
            Dialect::Mysql
        }

        fn insert(&mut self, _: &[&str], _: &[Value<'_>]) -> Result<(), Reason> {
            Ok(())
        }

        fn select(
            &mut self,
            _: &[&str],
            _: &[Condition<'_>],
            _: &str,
            _: &mut dyn FnMut(&dyn Row),
        ) -> Result<(), Reason> {
            Ok(())
        }

        fn delete(&mut self, _: &[Condition<'_>]) -> Result<(), Reason> {
            Ok(())
        }

        fn update(&mut self, _: &[Condition<'_>], _: &str, _: Value<'_>) -> Result<(), Reason> {
            Ok(())
        }

        fn run(&mut self, sql: &str, _: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
            self.0.push(sql.to_owned());
            Ok(())
        }

        fn change(&mut self, sql: &str) -> Result<u64, Reason> {
            self.0.push(sql.to_owned());
            Ok(sql.split("IN (").nth(1).map_or(0, |list| list.split(')').next().unwrap().split(',').count() as u64))
        }
    }

    /// What the database hears while a message is read, claimed, delivered and missed.
    fn heard(shared: Option<Sharing>) -> Vec<String> {
        let (mut heard, config) = (Heard::default(), Config { shared, ..Config::default() });
        let mut table = Table::new(&mut heard, &config);
        let bob = Aor::new(b"bob", b"example.org").unwrap();
        table.page(&bob, 0, 100, 5).unwrap();
        assert_eq!(table.claim(&[1, 2]).unwrap(), [1, 2]);
        assert_eq!(table.renew(&[1, 2]).unwrap(), [1, 2]);
        table.delete(&[1]).unwrap();
        table.make_ordinary(&[2]).unwrap();
        table.release(&[2]).unwrap();
        table.due(0, 100, 5).unwrap();
        heard.0
    }

    #[test]
    fn where_the_table_is_not_shared_nobody_speaks_of_claims() {
        let heard = heard(None);
        assert_eq!(heard.len(), 4, "{heard:#?}");
        assert!(heard.iter().all(|sql| !sql.contains("status")), "{heard:#?}");
        assert!(heard.contains(&"DELETE FROM `silo` WHERE `id` IN (1)".to_owned()), "{heard:#?}");
    }

    #[test]
    fn what_was_claimed_is_changed_only_while_it_is_this_servers() {
        let heard = heard(Some(SHARING));
        let mine = "AND `status` % 256 = 7";
        let changes: Vec<_> = heard.iter().filter(|sql| !sql.starts_with("SELECT")).collect();
        assert_eq!((heard.len(), changes.len()), (7, 5), "{heard:#?}");
        let free_or_mine = "AND (`status` < (UNIX_TIMESTAMP() - 1577836800) OR `status` % 256 = 7)";
        assert!(changes[0].ends_with(free_or_mine), "{heard:#?}");
        assert!(changes[1..].iter().all(|sql| sql.ends_with(mine)), "{heard:#?}");
        assert!(heard.iter().all(|sql| sql.contains("status")), "{heard:#?}");
    }
}
