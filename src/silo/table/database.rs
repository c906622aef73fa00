//! What the table needs from a database driver: Kamailio's own DB API, in safe clothes.

use std::time::Duration;

use super::dialect::Dialect;
use super::value::{Condition, Value};

/// A row of a result, valid while it is looked at.
pub trait Row {
    /// The integer in this column, whatever integer type the driver made of it; `None` for NULL and for what
    /// is no integer.
    fn int(&self, column: usize) -> Option<i64>;
    /// The bytes in this column, whatever text or binary type the driver made of them; `None` for NULL.
    fn bytes(&self, column: usize) -> Option<&[u8]>;
}

/// Why the driver did not do it.
pub type Reason = String;

/// A connection to a database, bound to the silo's table.
pub trait Database {
    /// What kind of SQL the driver takes.
    fn dialect(&self) -> Dialect;

    /// From now on no statement waits for a lock beyond `deadline`, a time of the monotonic clock; `None` is the usual
    /// time for each. Where the driver cannot be told, nothing changes.
    fn wait_until(&mut self, deadline: Option<Duration>) {
        let _ = deadline;
    }

    /// Writes a row.
    fn insert(&mut self, columns: &[&str], values: &[Value<'_>]) -> Result<(), Reason>;

    /// Shows `each` row that meets all conditions, ordered by the column `order`.
    fn select(
        &mut self,
        columns: &[&str],
        conditions: &[Condition<'_>],
        order: &str,
        each: &mut dyn FnMut(&dyn Row),
    ) -> Result<(), Reason>;

    /// Deletes the rows that meet all conditions.
    fn delete(&mut self, conditions: &[Condition<'_>]) -> Result<(), Reason>;

    /// Writes `value` into `column` of the rows that meet all conditions.
    fn update(&mut self, conditions: &[Condition<'_>], column: &str, value: Value<'_>) -> Result<(), Reason>;

    /// Runs SQL text of this connection's [`Dialect`] and shows `each` row of its result.
    fn run(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason>;

    /// Runs SQL text as it is, and nothing before or behind it. It may wait as long as the database lets it.
    fn ask(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        self.run(sql, each)
    }

    /// Runs SQL text that changes rows. Returns how many it has changed.
    fn change(&mut self, sql: &str) -> Result<u64, Reason>;

    /// Runs SQL text that has no result.
    fn execute(&mut self, sql: &str) -> Result<(), Reason> {
        self.run(sql, &mut |_| {})
    }
}
