//! Places in inboxes with `max_messages`, across all processes of the server.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::host::db::Connection;
use crate::host::shared::locked::Locked;
use crate::silo::intake::quota::{claim, counted, settle, Asked, Slot, Verdict};
use crate::silo::message::aor::Aor;
use crate::silo::table::silo_table::Table;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::Clock;

use crate::host::clock::ServerClock;

/// 320 KiB of shared memory. An inbox that finds no slot is counted for each message.
const SLOTS: usize = 8_192;
/// How long a message waits to learn whether those before it take the last place; longer than a healthy database
/// takes.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(5);

type SiloTable = Table<'static, Connection>;

/// What is known of inboxes that were stored into lately.
pub struct Quotas {
    slots: Locked<Slot>,
    keys: RandomState,
    most: u64,
}

/// A claim to a place; settled as not stored when it is dropped.
pub struct Reservation<'a> {
    quotas: &'a Quotas,
    inbox: u64,
    stored: bool,
}

impl Reservation<'_> {
    /// The message is stored.
    pub fn keep(mut self) {
        self.stored = true;
    }
}

/// What came of asking for a place.
pub enum Place<'a> {
    /// There is one.
    Reserved(Reservation<'a>),
    /// There is one, as far as the table was counted; nothing is kept about this inbox.
    Counted,
    /// There is none.
    Full,
    /// That depends on what becomes of messages that are being stored.
    Unclear,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.quotas.slots.with(|slots| settle(slots, self.inbox, self.stored));
    }
}

impl Quotas {
    /// For inboxes of `most` messages. In `mod_init`; `None` when there is not enough shared memory.
    pub fn create(most: u64) -> Option<Self> {
        Some(Self { slots: Locked::create(SLOTS)?, keys: RandomState::new(), most })
    }

    /// How many messages an inbox may hold.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Asks for a place in the inbox of `owner`.
    ///
    /// # Errors
    /// When the table cannot be counted.
    pub fn ask<T: Store>(&self, table: &mut T, owner: &Aor) -> Result<Place<'_>, StoreError> {
        let (inbox, now) = (self.keys.hash_one(owner), ServerClock.now());
        // Without the lock, which only an interrupted store of this very process can hold, nothing is known.
        let asked = self.slots.with(|slots| claim(slots, inbox, self.most, now)).unwrap_or(Asked::NoSlot);
        if asked == Asked::NoSlot {
            return Ok(if table.count(owner, now)? < self.most { Place::Counted } else { Place::Full });
        }
        let reservation = Reservation { quotas: self, inbox, stored: false };
        let verdict = match asked {
            Asked::Count(claim) => {
                let count = table.count(owner, now)?;
                let verdict = self.slots.with(|slots| counted(slots, inbox, claim, count, self.most, now));
                verdict.unwrap_or(Verdict::Unclear)
            }
            _ => Verdict::Room,
        };
        Ok(match verdict {
            Verdict::Room => Place::Reserved(reservation),
            Verdict::Unclear => Place::Unclear,
            Verdict::Full => Place::Full,
        })
    }

    /// Has `store` run if the inbox of `owner` has room; `None` when it has not.
    ///
    /// # Errors
    /// When the table cannot be counted, or `store` fails.
    pub fn store<T: Store>(
        &self,
        table: &mut T,
        owner: &Aor,
        store: impl FnOnce(&mut T) -> Result<(), StoreError>,
    ) -> Result<Option<()>, StoreError> {
        let begin = ServerClock.monotonic();
        loop {
            match self.ask(table, owner)? {
                Place::Reserved(reservation) => {
                    store(table)?;
                    reservation.keep();
                    return Ok(Some(()));
                }
                Place::Counted => return store(table).map(Some),
                Place::Unclear if ServerClock.monotonic().saturating_sub(begin) < PATIENCE => std::thread::sleep(LOOK),
                // Without a free place for so long, each is as good as taken.
                Place::Unclear | Place::Full => return Ok(None),
            }
        }
    }

    /// The same where other servers store into the inbox, too: `store` runs while this one has its lock, and says itself
    /// whether there was room where it counts.
    ///
    /// # Errors
    /// When the table cannot be counted, or `store` fails.
    pub fn store_among_others(
        &self,
        table: &mut SiloTable,
        owner: &Aor,
        store: impl FnOnce(&mut SiloTable) -> Result<bool, StoreError>,
    ) -> Result<Option<()>, StoreError> {
        if table.counts_where_it_writes() {
            return Ok(store(table)?.then_some(()));
        }
        let begin = ServerClock.monotonic();
        while !table.lock_inbox(owner)? {
            if ServerClock.monotonic().saturating_sub(begin) >= PATIENCE {
                let reason = "another server has held its lock all the time".to_owned();
                return Err(StoreError { action: format!("lock the inbox of {owner}"), reason });
            }
            std::thread::sleep(LOOK);
        }
        let stored = table.store_if_room(owner, self.most, ServerClock.now(), store);
        table.unlock_inbox(owner);
        Ok(stored?.then_some(()))
    }
}
