//! A database driver, and what it must be able to do.

use std::cell::Cell;
use std::ptr::NonNull;

use super::values::TableName;
use super::Connection;
use crate::ffi;
use crate::host::str::Lent;
use crate::silo::table::database::Reason;
use crate::silo::table::dialect::{lack, Dialect};
use crate::silo::table::waits::Waits;

/// A database driver, bound to a URL. Shared by all processes of the server.
pub struct Driver {
    pub(super) functions: ffi::db_func_t,
    url: &'static [u8],
    dialect: Dialect,
}

// SAFETY: single thread; a table of functions that is only read after start-up.
unsafe impl Sync for Driver {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Driver {}

impl Driver {
    /// Finds the driver for a URL.
    ///
    /// # Errors
    /// When its module is not loaded, or cannot do what the silo needs.
    pub fn bind(url: &'static [u8]) -> Result<Self, Reason> {
        let mut functions = ffi::db_func_t::default();
        // SAFETY: the server reads the lent URL and fills the table.
        if unsafe { ffi::db_bind_mod(Lent::new(url).as_ptr(), &mut functions) } != 0 {
            return Err(
                "there is no driver for it: load the database module (db_sqlite.so, db_mysql.so ...)".to_owned()
            );
        }
        let needed = [
            (ffi::DB_CAP_QUERY, "query"),
            (ffi::DB_CAP_INSERT, "insert"),
            (ffi::DB_CAP_UPDATE, "update"),
            (ffi::DB_CAP_DELETE, "delete"),
        ];
        let missing = needed.into_iter().filter(|(capability, _)| functions.cap & capability == 0);
        let missing: Vec<_> = missing.map(|(_, name)| name).collect();
        match (missing.as_slice(), lack(url)) {
            ([], None) => Ok(Self { functions, url, dialect: Dialect::of(url, speaks_sql(&functions)) }),
            ([], Some(lack)) => Err(format!("cannot be used for the silo: {lack}")),
            (missing, _) => Err(format!("cannot be used for the silo: its driver cannot {}", missing.join(", "))),
        }
    }

    /// The SQL that this driver takes.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Opens a connection for this process: the one that all modules with this URL have in common, but for the table
    /// that each of them has chosen.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn connect(&'static self, table: &str) -> Result<Connection, Reason> {
        let init = self.functions.init.ok_or("its driver cannot connect")?;
        // SAFETY: the driver reads the lent URL; it gives out a handle or NULL.
        let handle = NonNull::new(unsafe { init(Lent::new(self.url).as_ptr()) });
        let handle = handle.ok_or("the database cannot be reached")?;
        let table = TableName::new(table);
        let (waits, busy_time) = (Waits::Usual, Cell::new(None));
        let mut connection = Connection { driver: self, handle, table, waits, busy_time, deadline: None };
        connection.use_table()?;
        connection.waits = self.dialect().waits(&connection.version()?);
        Ok(connection)
    }

    /// The URL it was bound to.
    pub fn url(&self) -> &'static [u8] {
        self.url
    }
}

fn speaks_sql(functions: &ffi::db_func_t) -> bool {
    functions.cap & ffi::DB_CAP_RAW_QUERY != 0 && functions.raw_query.is_some()
}
