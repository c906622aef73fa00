//! How many rows a statement has changed.

use super::{Connection, Driver, MISSING};
use crate::silo::table::database::{Reason, Row};
use crate::silo::table::dialect::Dialect;

/// db_sqlite does not say how many rows were changed; SQLite does, of the last statement of the connection that could.
const CHANGES: &str = "SELECT changes()";

impl Driver {
    /// Whether rows can be claimed through it.
    pub fn can_claim(&self) -> bool {
        self.dialect().can_claim() && (self.dialect() == Dialect::Sqlite || self.functions.affected_rows.is_some())
    }
}

impl Connection {
    /// Runs SQL text that changes rows, as it is, and gives their number.
    pub(super) fn count_changes(&self, sql: &str) -> Result<u64, Reason> {
        let mut changed = 0;
        match self.driver.dialect() {
            // db_postgres knows the number only where it was asked for a result.
            dialect if dialect.must_fetch() => self.show(self.fetch(sql)?, &mut |_| {}),
            _ => self.send(sql)?,
        }
        if self.driver.dialect() == Dialect::Sqlite {
            let mut read = |row: &dyn Row| changed = row.int(0).unwrap_or(0);
            self.show(self.fetch(CHANGES)?, &mut read);
        } else {
            let affected_rows = self.driver.functions.affected_rows.ok_or(MISSING)?;
            // SAFETY: open handle; the driver gives a number that it has, and asks nobody for it.
            changed = unsafe { affected_rows(self.handle.as_ptr()) }.into();
        }
        u64::try_from(changed).map_err(|_| format!("the database driver says that {changed} rows were changed"))
    }
}
