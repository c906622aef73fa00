//! A statement of ours that waits for a lock as long as it should, on a connection of which others notice nothing.

use std::borrow::Cow;
use std::time::Duration;

use super::{Connection, Row};
use crate::ffi;
use crate::host::clock::ServerClock;
use crate::silo::table::database::Reason;
use crate::silo::table::waits::{millis, set_busy_time, Waits, BUSY_QUERY, BUSY_TIME, PUT_BACK, SHORTEN};
use crate::silo::time::Clock;

impl Connection {
    /// The version of the database, as far as it matters.
    pub(super) fn version(&self) -> Result<Vec<u8>, Reason> {
        let mut version = Vec::new();
        if let Some(query) = self.driver.dialect().version_query() {
            let mut read = |row: &dyn Row| version = row.bytes(0).unwrap_or_default().to_vec();
            self.show(self.fetch(query)?, &mut read);
        }
        Ok(version)
    }

    /// Runs a call of the DB API.
    pub(super) fn waiting_briefly<R>(&self, call: impl FnOnce() -> R) -> Result<R, Reason> {
        self.between(call, self.waits != Waits::Usual)
    }

    /// Runs SQL text by `call`.
    pub(super) fn text_waiting_briefly<R>(
        &self,
        sql: &str,
        call: impl FnOnce(&Self, &str) -> Result<R, Reason>,
    ) -> Result<R, Reason> {
        let sql = match self.waits.prefix() {
            "" => Cow::Borrowed(sql),
            prefix => Cow::Owned([prefix, sql].concat()),
        };
        self.between(|| call(self, &sql), !matches!(self.waits, Waits::Usual | Waits::Statement))?
    }

    /// Has the connection wait for as long as it should during `call`, if that does not say so itself.
    fn between<R>(&self, call: impl FnOnce() -> R, set: bool) -> Result<R, Reason> {
        if !set {
            return Ok(call());
        }
        let put_back = match self.waits {
            Waits::BusyTime => {
                let before = self.busy_time()?;
                self.send(&set_busy_time(millis(self.patience())))?;
                Cow::Owned(set_busy_time(before))
            }
            _ => {
                self.send(SHORTEN)?;
                Cow::Borrowed(PUT_BACK)
            }
        };
        let result = call();
        // Where this fails the driver has logged why: the connection is gone, and with it what was set.
        let _ = self.send(&put_back);
        Ok(result)
    }

    /// How long the next statement may wait.
    fn patience(&self) -> Duration {
        self.deadline.map_or(BUSY_TIME, |deadline| deadline.saturating_sub(ServerClock.monotonic()))
    }

    /// The busy time of the connection as it was opened with, or as others have set it since.
    fn busy_time(&self) -> Result<i64, Reason> {
        if let Some(millis) = self.busy_time.get().filter(|_| !self.is_shared()) {
            return Ok(millis);
        }
        let mut millis = None;
        self.show(self.fetch(BUSY_QUERY)?, &mut |row| millis = row.int(0));
        self.busy_time.set(millis);
        millis.ok_or_else(|| format!("{BUSY_QUERY} has no answer"))
    }

    /// Whether other modules have this connection, too.
    fn is_shared(&self) -> bool {
        // SAFETY: open handle, made by `db_do_init2` of lib/srdb1/db.c as all drivers do: behind its tail stands a
        // connection that begins with its place in the pool.
        let place = unsafe { (self.handle.as_ref().tail as *const ffi::pool_con).as_ref() };
        place.is_none_or(|place| place.ref_ != 1)
    }
}
