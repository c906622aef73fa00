//! The server's database API (`lib/srdb1`): whatever driver `db_url` names.

use std::cell::Cell;
use std::ffi::c_int;
use std::ptr::{self, NonNull};
use std::time::Duration;

mod changes;
mod driver;
mod values;
mod waits;

use crate::ffi;
use crate::host::str::Lent;
use crate::silo::table::database::{Database, Reason, Row};
use crate::silo::table::dialect::Dialect;
use crate::silo::table::value::{Condition, Value};
use crate::silo::table::waits::Waits;
pub use driver::Driver;
use values::{count, driver_value, DriverRow, Keys, TableName, Where};

/// A connection of this process to the database.
pub struct Connection {
    driver: &'static Driver,
    handle: NonNull<ffi::db1_con_t>,
    table: TableName,
    /// How its statements are kept from waiting longer than they may for a lock.
    waits: Waits,
    /// On SQLite, for how many milliseconds the statements of others wait, as far as is known.
    busy_time: Cell<Option<i64>>,
    /// When the wait for a lock has to be over, if not at the usual time.
    deadline: Option<Duration>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(close) = self.driver.functions.close {
            // SAFETY: the handle is open and is not used again.
            unsafe { close(self.handle.as_ptr()) }
        }
    }
}

/// What a driver answered, as a result of Rust. It has logged what was wrong.
fn answer(status: c_int) -> Result<(), Reason> {
    match status {
        0.. => Ok(()),
        _ => Err(format!("the database driver failed ({status}), see its own log line")),
    }
}

const MISSING: &str = "the database driver lacks the function";

impl Connection {
    /// Checks the version of a table, as the table `version` of the database tells it.
    ///
    /// # Errors
    /// When the database has the table not, or in another version.
    pub fn check_version(&mut self, table: &str, version: u32) -> Result<(), Reason> {
        let (mut functions, mut name) = (self.driver.functions, Lent::new(table.as_bytes()));
        let checked = self.waiting_briefly(|| {
            // SAFETY: handle and functions belong together; the server reads the lent name.
            unsafe { ffi::db_check_table_version(&mut functions, self.handle.as_ptr(), name.as_ptr(), version) }
        })?;
        // It has turned the connection to the table of versions.
        self.use_table()?;
        match checked {
            0.. => Ok(()),
            _ => Err(format!("must be a table of version {version}; the server has a script that creates it")),
        }
    }

    fn use_table(&mut self) -> Result<(), Reason> {
        let use_table = self.driver.functions.use_table.ok_or(MISSING)?;
        // SAFETY: the handle is open; the driver keeps the pointer, whose box lives as long as the handle.
        answer(unsafe { use_table(self.handle.as_ptr(), &*self.table.text) })
    }

    /// Runs SQL text as it is, and gives the result of the driver, which [`Connection::show`] frees.
    fn fetch(&self, sql: &str) -> Result<*mut ffi::db1_res_t, Reason> {
        let raw_query = self.driver.functions.raw_query.ok_or(MISSING)?;
        let mut result = ptr::null_mut();
        // A result is always asked for: db_sqlite prepares a statement without one and never runs it.
        // SAFETY: open handle; the driver reads the lent text.
        answer(unsafe { raw_query(self.handle.as_ptr(), Lent::new(sql.as_bytes()).as_ptr(), &mut result) })?;
        Ok(result)
    }

    /// Has SQL text run, or by db_sqlite only compiled, as it is and without a result.
    fn send(&self, sql: &str) -> Result<(), Reason> {
        let raw_query = self.driver.functions.raw_query.ok_or(MISSING)?;
        // SAFETY: open handle; the driver reads the lent text, and is asked for no result.
        answer(unsafe { raw_query(self.handle.as_ptr(), Lent::new(sql.as_bytes()).as_ptr(), ptr::null_mut()) })
    }

    /// Shows the rows of a result and frees it, also when showing them panics: on some drivers it hangs on the
    /// connection, which others use, too.
    fn show(&self, result: *mut ffi::db1_res_t, each: &mut dyn FnMut(&dyn Row)) {
        let Some(result) = NonNull::new(result) else { return };
        let result = Shown { connection: self, result };
        // SAFETY: a result of the driver, which is freed behind this.
        let rows = unsafe { result.result.as_ref() };
        for index in 0..usize::try_from(rows.n).unwrap_or(0) {
            // SAFETY: the result holds `n` rows, and a row `n` values.
            let values = unsafe {
                let row = &*rows.rows.add(index);
                std::slice::from_raw_parts(row.values, usize::try_from(row.n).unwrap_or(0))
            };
            each(&DriverRow(values));
        }
    }
}

/// A result while it is looked at.
struct Shown<'a> {
    connection: &'a Connection,
    result: NonNull<ffi::db1_res_t>,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(free) = self.connection.driver.functions.free_result {
            // SAFETY: the result came from this connection and is not used again.
            unsafe { free(self.connection.handle.as_ptr(), self.result.as_ptr()) };
        }
    }
}

impl Database for Connection {
    fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn insert(&mut self, columns: &[&str], values: &[Value<'_>]) -> Result<(), Reason> {
        let insert = self.driver.functions.insert.ok_or(MISSING)?;
        let keys = Keys::new(columns.iter().copied());
        let values: Vec<_> = values.iter().copied().map(driver_value).collect();
        let count = count(columns.len().min(values.len()));
        // SAFETY: open handle; `count` keys and values that live until the call returns.
        let call = || unsafe { insert(self.handle.as_ptr(), keys.pointers.as_ptr(), values.as_ptr(), count) };
        answer(self.waiting_briefly(call)?)
    }

    fn select(
        &mut self,
        columns: &[&str],
        conditions: &[Condition<'_>],
        order: &str,
        each: &mut dyn FnMut(&dyn Row),
    ) -> Result<(), Reason> {
        let query = self.driver.functions.query.ok_or(MISSING)?;
        let (columns_wanted, condition) = (Keys::new(columns.iter().copied()), Where::new(conditions));
        let mut order = Lent::new(order.as_bytes());
        let mut result = ptr::null_mut();
        // SAFETY: open handle; arrays of the lengths given that live until the call returns.
        let call = || unsafe {
            query(
                self.handle.as_ptr(),
                condition.keys.pointers.as_ptr(),
                condition.ops.as_ptr(),
                condition.values.as_ptr(),
                columns_wanted.pointers.as_ptr(),
                condition.count,
                count(columns.len()),
                order.as_ptr(),
                &mut result,
            )
        };
        answer(self.waiting_briefly(call)?)?;
        self.show(result, each);
        Ok(())
    }

    fn delete(&mut self, conditions: &[Condition<'_>]) -> Result<(), Reason> {
        let delete = self.driver.functions.delete.ok_or(MISSING)?;
        let condition = Where::new(conditions);
        // SAFETY: open handle; arrays of that length that live until the call returns.
        let call = || unsafe {
            delete(
                self.handle.as_ptr(),
                condition.keys.pointers.as_ptr(),
                condition.ops.as_ptr(),
                condition.values.as_ptr(),
                condition.count,
            )
        };
        answer(self.waiting_briefly(call)?)
    }

    fn update(&mut self, conditions: &[Condition<'_>], column: &str, value: Value<'_>) -> Result<(), Reason> {
        let update = self.driver.functions.update.ok_or(MISSING)?;
        let (condition, column, value) = (Where::new(conditions), Keys::new([column]), driver_value(value));
        // SAFETY: open handle; arrays of the lengths given that live until the call returns.
        let call = || unsafe {
            update(
                self.handle.as_ptr(),
                condition.keys.pointers.as_ptr(),
                condition.ops.as_ptr(),
                condition.values.as_ptr(),
                column.pointers.as_ptr(),
                &value,
                condition.count,
                1,
            )
        };
        answer(self.waiting_briefly(call)?)
    }

    fn wait_until(&mut self, deadline: Option<Duration>) {
        self.deadline = deadline;
    }

    fn run(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        let result = self.text_waiting_briefly(sql, |connection, sql| connection.fetch(sql))?;
        self.show(result, each);
        Ok(())
    }

    fn ask(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        let result = self.fetch(sql)?;
        self.show(result, each);
        Ok(())
    }

    fn change(&mut self, sql: &str) -> Result<u64, Reason> {
        self.text_waiting_briefly(sql, Self::count_changes)
    }

    fn execute(&mut self, sql: &str) -> Result<(), Reason> {
        match self.dialect().must_fetch() {
            true => self.run(sql, &mut |_| {}),
            false => self.text_waiting_briefly(sql, |connection, sql| connection.send(sql)),
        }
    }
}
