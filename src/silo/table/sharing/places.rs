//! The last places of an inbox that holds a limited number of messages, where several servers store into it.
//!
//! SQLite lets one statement count and write, and nobody else writes meanwhile. MariaDB would lock all that it counts, and
//! what lies between, so that messages for neighbours clash; PostgreSQL would lock nothing. There an advisory lock of the
//! inbox is held while it is counted and written: one of the database server, so it says nothing to the other nodes of a
//! Galera cluster.

use crate::silo::message::aor::Aor;
use crate::silo::message::model::NewMessage;
use crate::silo::table::database::Database;
use crate::silo::table::dialect::Dialect;
use crate::silo::table::silo_table::{failed, Table};
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::UnixTime;

/// "silo", which keeps these locks apart from those of other programs.
const CLASS: u32 = 0x7369_6c6f;

/// A number for an inbox that is the same on all servers (FNV-1a).
fn number(owner: &Aor) -> u32 {
    let bytes = owner.user().iter().chain(b"@").chain(owner.host());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

impl Dialect {
    /// Whether one statement counts an inbox and writes into it, and nobody can come in between.
    pub fn counts_where_it_writes(self) -> bool {
        self.has_one_writer()
    }

    /// The query that takes the lock of an inbox, whose answer is 1, or says at once that somebody else has it.
    fn lock(self, number: u32) -> String {
        match self {
            Self::Postgres => {
                format!("SELECT CASE WHEN pg_try_advisory_lock({CLASS}, {}) THEN 1 ELSE 0 END", number.cast_signed())
            }
            _ => format!("SELECT GET_LOCK('msilo-{CLASS:x}-{number:x}', 0)"),
        }
    }

    fn unlock(self, number: u32) -> String {
        match self {
            Self::Postgres => format!("SELECT pg_advisory_unlock({CLASS}, {})", number.cast_signed()),
            _ => format!("SELECT RELEASE_LOCK('msilo-{CLASS:x}-{number:x}')"),
        }
    }
}

impl<D: Database> Table<'_, D> {
    /// Writes a message if its inbox holds fewer than `most` that are not over at `now`, where
    /// [`Dialect::counts_where_it_writes`]. Returns whether it did.
    ///
    /// # Errors
    /// When the database does not take it.
    pub fn insert_if_room(&mut self, message: &NewMessage, most: u64, now: UnixTime) -> Result<bool, StoreError> {
        let (dialect, c) = (self.database.dialect(), &self.config.columns);
        let (table, alive) = (dialect.name(&self.config.table), dialect.name(&c.expires_at));
        let owner = self.owner_sql(dialect, &message.owner);
        let insert = dialect.insert_selected(&self.config.table, &self.fields(message));
        let changed = self.database.change(&format!(
            "{insert} WHERE (SELECT COUNT(*) FROM {table} WHERE {owner} AND {alive} > {now}) < {most}"
        ));
        let changed = changed.map_err(failed(format!("store a message for {}", message.owner)))?;
        Ok(changed > 0)
    }

    /// See [`Dialect::counts_where_it_writes`].
    pub fn counts_where_it_writes(&self) -> bool {
        self.database.dialect().counts_where_it_writes()
    }

    /// Takes the lock of an inbox, if nobody has it. Returns whether it did.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn lock_inbox(&mut self, owner: &Aor) -> Result<bool, StoreError> {
        let sql = self.database.dialect().lock(number(owner));
        let answer = self.number(&sql).map_err(failed(format!("lock the inbox of {owner}")))?;
        Ok(answer == Some(1))
    }

    /// Gives the lock of an inbox back, which [`Table::lock_inbox`] took.
    pub fn unlock_inbox(&mut self, owner: &Aor) {
        // Where this fails the session is gone, and with it the lock.
        let _ = self.number(&self.database.dialect().unlock(number(owner)));
    }

    /// Has `store` run if the inbox holds fewer than `most` messages that are not over at `now`. Returns whether it did. The
    /// caller has the lock of the inbox.
    ///
    /// # Errors
    /// When the table cannot be counted, or `store` fails.
    pub fn store_if_room(
        &mut self,
        owner: &Aor,
        most: u64,
        now: UnixTime,
        store: impl FnOnce(&mut Self) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        if self.count(owner, now)? < most {
            store(self)
        } else {
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_has_the_same_lock_on_every_server() {
        let bob = Aor::new(b"bob", b"example.org").unwrap();
        assert_eq!(number(&bob), number(&Aor::new(b"bob", b"EXAMPLE.org").unwrap()));
        assert_ne!(number(&bob), number(&Aor::new(b"bobe", b"xample.org").unwrap()));
        let sql = [Dialect::Mysql.lock(number(&bob)), Dialect::Mysql.unlock(number(&bob))];
        assert!(sql.iter().all(|sql| sql.contains(&format!("'msilo-73696c6f-{:x}'", number(&bob)))), "{sql:?}");
        assert!(Dialect::Postgres.lock(u32::MAX).contains("(1936288879, -1)"));
    }
}
