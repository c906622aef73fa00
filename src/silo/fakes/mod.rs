//! A store, a server and a clock for unit tests, all of whose state the test can see and set.

mod server;
pub mod sqlite;
mod store;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::silo::delivery::contacts::binding::Binding;
use crate::silo::delivery::news::happening::Happening;
use crate::silo::delivery::pacing::hosts::Host;
use crate::silo::delivery::server::{Counter, Ticket};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Outgoing, RowId, StoredMessage};
use crate::silo::table::store::{Page, StoreError};
use crate::silo::time::{Clock, UnixTime};

/// Everything outside the delivery, shared between the test and what it tests.
#[derive(Debug, Default)]
pub struct World {
    /// The rows of the table.
    pub rows: Rc<RefCell<BTreeMap<RowId, StoredMessage>>>,
    /// Which server has taken a row last, and until when it has it.
    pub leases: Rc<RefCell<BTreeMap<RowId, (u8, Duration)>>>,
    /// The number of this server; 0 where the table is not shared.
    pub server: Cell<u8>,
    /// Whether the answer to the next claim is lost, although it is done.
    pub claim_is_lost: Cell<bool>,
    /// Whether the store works.
    pub store_is_down: Cell<bool>,
    /// What the store refuses, while it works otherwise: how that begins, as in `asked`.
    pub refuses: Cell<&'static str>,
    /// An owner whose inbox the store cannot read.
    pub unreadable: RefCell<Option<Aor>>,
    /// Whether the store is away for the next page only.
    pub page_fails_once: Cell<bool>,
    /// A row that the store does not delete.
    pub undeletable: Cell<Option<RowId>>,
    /// What was asked of the store, in order: "page 0", "delete [1, 2]" …
    pub asked: RefCell<Vec<String>>,
    /// What was sent and is not answered, in order.
    pub sent: RefCell<Vec<(Ticket, Outgoing)>>,
    /// What a script has handed back to `m_store()`.
    pub handed_back: RefCell<Vec<Ticket>>,
    /// Request-URIs that cannot be sent to.
    pub unsendable: RefCell<Vec<Vec<u8>>>,
    /// The ends of bodies that cannot be sent.
    pub unsendable_bodies: RefCell<Vec<Vec<u8>>>,
    /// Who is registered.
    pub contacts: RefCell<Vec<Binding>>,
    /// Whether the next one of these panics: "send", "page", "occupied", "due" or "delete".
    pub panics_at: Cell<&'static str>,
    /// The script drops the messages whose body ends so.
    pub drops: RefCell<Option<&'static [u8]>>,
    /// How long sending takes.
    pub takes: Cell<Duration>,
    /// Hosts that may keep the sender waiting.
    pub slow_hosts: RefCell<Vec<Host>>,
    /// What is to be sent apart, and when that has to be begun.
    pub apart: RefCell<Vec<(Ticket, Outgoing, Duration)>>,
    /// Whether the server is short of memory.
    pub memory_is_low: Cell<bool>,
    /// Whether the process is to end.
    pub is_stopping: Cell<bool>,
    /// What those who listen were told.
    pub told: RefCell<Vec<Happening>>,
    /// Notifications to senders.
    pub receipts: RefCell<Vec<Outgoing>>,
    /// Whether an operator has paused it.
    pub is_paused: Cell<bool>,
    /// The statistics.
    pub counters: RefCell<Vec<Counter>>,
    /// Time since the start; the time of day is `START` plus this.
    pub elapsed: Rc<Cell<Duration>>,
}

/// The time of day when a test begins.
pub const START: UnixTime = 1_800_000_000;

/// A handle of the world that does the work of a store and of a server.
#[derive(Clone, Debug, Default)]
pub struct Fake(pub Rc<World>);

/// bob@example.org
pub fn bob() -> Aor {
    Aor::new(b"bob", b"example.org").unwrap()
}

impl Fake {
    /// Puts a message for `user`@example.org into the table.
    pub fn store(&self, id: RowId, user: &str) {
        let row = StoredMessage {
            id,
            user: user.into(),
            host: b"example.org".to_vec(),
            from: b"sip:alice@example.org".to_vec(),
            to: format!("sip:{user}@example.org").into_bytes(),
            content_type: b"text/plain".to_vec(),
            body: format!("message {id}").into_bytes(),
            stored_at: START,
            expires_at: START + 1000,
            ..StoredMessage::default()
        };
        self.0.rows.borrow_mut().insert(id, row);
        self.0.leases.borrow_mut().remove(&id);
    }

    /// Another server on the same table, at the same time.
    pub fn beside(&self, server: u8) -> Self {
        let (rows, leases, elapsed) = (Rc::clone(&self.0.rows), Rc::clone(&self.0.leases), Rc::clone(&self.0.elapsed));
        Self(Rc::new(World { rows, leases, elapsed, server: Cell::new(server), ..World::default() }))
    }

    /// Who has a row.
    pub fn holder(&self, id: RowId) -> Option<u8> {
        let leases = self.0.leases.borrow();
        leases.get(&id).filter(|(_, until)| *until >= self.0.elapsed.get()).map(|(server, _)| *server)
    }

    /// Whether another server has taken the row since this one did.
    fn is_lost(&self, id: RowId) -> bool {
        let server = self.0.server.get();
        server != 0 && self.0.leases.borrow().get(&id).is_none_or(|(holder, _)| *holder != server)
    }

    /// Takes those rows that meet a condition, for as long as the table would.
    fn take(&self, ids: &[RowId], condition: impl Fn(RowId) -> bool) -> Vec<RowId> {
        let rows = self.0.rows.borrow();
        let taken: Vec<_> = ids.iter().copied().filter(|id| rows.contains_key(id) && condition(*id)).collect();
        let until = self.0.elapsed.get() + Duration::from_secs(513);
        self.0.leases.borrow_mut().extend(taken.iter().map(|id| (*id, (self.0.server.get(), until))));
        taken
    }

    /// Changes a stored message.
    pub fn change(&self, id: RowId, change: impl FnOnce(&mut StoredMessage)) {
        change(self.0.rows.borrow_mut().get_mut(&id).expect("the row is there"));
    }

    /// The ids that are in the table.
    pub fn ids(&self) -> Vec<RowId> {
        self.0.rows.borrow().keys().copied().collect()
    }

    /// The bodies of what is in flight, without their prefix.
    pub fn in_flight(&self) -> Vec<String> {
        let body = |(_, message): &(Ticket, Outgoing)| {
            let text = String::from_utf8_lossy(&message.body).into_owned();
            text.split_once("] ").map_or(text.clone(), |(_, body)| body.to_owned())
        };
        self.0.sent.borrow().iter().map(body).collect()
    }

    /// Takes the oldest message in flight, to answer it.
    pub fn take_first(&self) -> Ticket {
        self.0.sent.borrow_mut().remove(0).0
    }

    /// How often a statistic was counted.
    pub fn counted(&self, counter: Counter) -> usize {
        self.0.counters.borrow().iter().filter(|&&counted| counted == counter).count()
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.0.elapsed.set(self.0.elapsed.get() + time);
    }

    fn panic_at(&self, what: &str) {
        let panics_at = self.0.panics_at.get();
        if !panics_at.is_empty() && what.starts_with(panics_at) {
            self.0.panics_at.set("");
            panic!("out of cheese");
        }
    }

    fn ask(&self, what: String) -> Result<(), StoreError> {
        if self.0.store_is_down.get() {
            return Err(StoreError { action: what, reason: "it is down".to_owned() });
        }
        let refuses = self.0.refuses.get();
        if !refuses.is_empty() && what.starts_with(refuses) {
            return Err(StoreError { action: what, reason: "it takes too long".to_owned() });
        }
        self.panic_at(&what);
        self.0.asked.borrow_mut().push(what);
        Ok(())
    }

    fn select(&self, after: RowId, limit: usize, wanted: impl Fn(&StoredMessage) -> bool) -> Page {
        let rows = self.0.rows.borrow();
        let found = rows.range(after.saturating_add(1)..).map(|(_, row)| row).filter(|row| wanted(row));
        let messages: Vec<_> = found.take(limit).cloned().collect();
        let holders = messages.iter().filter_map(|row| Some((row.id, self.holder(row.id)?))).collect();
        Page {
            last: messages.last().map_or(after, |message| message.id),
            complete: messages.len() < limit,
            messages,
            holders,
        }
    }
}

impl Clock for Fake {
    fn now(&self) -> UnixTime {
        START + i64::try_from(self.0.elapsed.get().as_secs()).unwrap_or(0)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed.get()
    }
}
