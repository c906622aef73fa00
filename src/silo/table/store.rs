//! What the silo needs from the place where messages are kept.

use std::fmt;

use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, NewMessage, RowId, StoredMessage};
use crate::silo::time::UnixTime;

/// Why a store did not do what it was asked to. The server's driver has logged the details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    /// What was asked, as a phrase: "read the inbox of bob@example.org".
    pub action: String,
    /// What is known of the reason.
    pub reason: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.action, self.reason)
    }
}

impl std::error::Error for StoreError {}

/// Part of what a store holds, in the order of ids.
#[derive(Debug, Default)]
pub struct Page {
    /// The messages of this page.
    pub messages: Vec<StoredMessage>,
    /// The highest id that was looked at: the next page begins after it.
    pub last: RowId,
    /// Whether there is nothing behind this page.
    pub complete: bool,
    /// Which server has a row, where one has: only where the table is shared.
    pub holders: Vec<(RowId, u8)>,
}

/// A place where messages are kept: the table in production, a list in tests.
pub trait Store: Watch {
    /// Writes a message; when this returns it is safe.
    fn insert(&mut self, message: &NewMessage) -> Result<(), StoreError>;

    /// How many messages `owner` has that are not over at `now`.
    fn count(&mut self, owner: &Aor, now: UnixTime) -> Result<u64, StoreError>;

    /// Those of `owners` who may have messages: all who have some, and maybe others. One question for all.
    fn occupied(&mut self, owners: Vec<Aor>) -> Result<Vec<Aor>, StoreError>;

    /// At most `limit` ordinary messages of `owner` with an id above `after` that are not over at `now`.
    ///
    /// A store without a way to limit a query gives all at once.
    fn page(&mut self, owner: &Aor, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError>;

    /// Those of these ordinary messages of `owner` that are there and not over at `now`, in any order.
    fn rows(&mut self, owner: &Aor, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError>;

    /// The highest id among the ordinary messages of `owner`, if there is one.
    fn last_id(&mut self, owner: &Aor) -> Result<Option<RowId>, StoreError>;

    /// At most `limit` reminders with an id above `after` that are due, and not over, at `now`.
    fn due(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError>;

    /// Whether there still is the row `id`, as it was stored for `owner` at `stored_at`: some databases give the id of a
    /// deleted row to another.
    fn holds(&mut self, id: RowId, owner: &Aor, stored_at: UnixTime) -> Result<bool, StoreError>;

    /// Those of these rows that are there, in any order, without their texts.
    fn heads(&mut self, ids: &[RowId]) -> Result<Vec<Head>, StoreError>;

    /// Deletes rows; an id without a row is no error.
    fn delete(&mut self, ids: &[RowId]) -> Result<(), StoreError>;

    /// Makes reminders ordinary messages; an id without a row is no error.
    fn make_ordinary(&mut self, ids: &[RowId]) -> Result<(), StoreError>;

    /// Whether the store answers at all: asked after it failed, to tell its fault from that of the question.
    fn check(&mut self) -> Result<(), StoreError>;

    /// How many messages are over at `now`.
    fn count_expired(&mut self, now: UnixTime) -> Result<u64, StoreError>;

    /// Claims those of these rows that no other server has: what this one has already, whether it knows or not, counts from now
    /// on. Returns those that it has now. Where the table is not shared it has all.
    fn claim(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError>;

    /// Renews the claims of this server to these rows. Returns those that it has not lost.
    fn renew(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError>;

    /// Gives up the claims of this server to these rows; a row that is gone or another server's is no error.
    fn release(&mut self, ids: &[RowId]) -> Result<(), StoreError>;

    /// Deletes what is over at `now`.
    fn delete_expired(&mut self, now: UnixTime) -> Result<(), StoreError>;
}

/// So many inboxes one question gives at most.
pub const INBOXES: usize = 10_000;

/// Questions about rows that are nobody's in particular.
pub trait Watch {
    /// At most `limit` messages with an id above `after` that are over at `now`. A store without a way to limit a query
    /// gives all at once.
    fn over(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError>;

    /// Deletes rows whose time is over; an id without a row is no error.
    fn delete_over(&mut self, ids: &[RowId]) -> Result<(), StoreError>;

    /// The oldest ordinary message of each inbox that has one stored at `before` or earlier, and not over at `now`: the ids
    /// above `after`, in their order, [`INBOXES`] at most. Of an inbox whose name stands in the table in several letter cases
    /// there may be several.
    fn waiting(&mut self, after: RowId, before: UnixTime, now: UnixTime) -> Result<Vec<RowId>, StoreError>;

    /// Those of these ordinary messages that are there and not over at `now`, in the order of their ids.
    fn of_anybody(&mut self, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError>;

    /// The row that was written for this message by the last INSERT of this connection.
    fn row_of(&mut self, message: &NewMessage) -> Result<Option<RowId>, StoreError>;
}
