//! The delivery: everything that happens between `m_dump()` and the DELETE of a row.
//!
//! One process owns a [`Delivery`] and with it every inbox that hashes to it, so there is nothing to lock. The
//! process feeds it with what the SIP workers post ([`Delivery::dump`], [`Delivery::result`]) and calls
//! [`Delivery::work`], which does what is due and says when to call again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::aor::Aor;
use super::compose::{self, Kind, Unsendable};
use super::config::Config;
use super::flight::{Flight, Flights};
use super::inbox::{DumpRequest, Inbox};
use super::ledger::Ledger;
use super::message::{Outgoing, RowId, StoredMessage};
use super::newcomers::Newcomers;
use super::pace::Pace;
use super::schedule::Schedule;
use super::server::{Counter, Server, Ticket};
use super::store::{Store, StoreError};
use super::time::UnixTime;
use crate::{lm_dbg, lm_err};

/// Rows that one query reads at most, so that memory does not grow with the inbox.
const PAGE: usize = 100;
/// Messages handed to the network in one go before the caller looks at its queue again.
const TURN: usize = 32;
/// How long a store that failed is left alone.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Reminders that wait in inboxes or are in flight; above that the due ones stay in the table until the next look.
const REMINDERS: usize = 10_000;
/// Unsendable rows whose reason has been logged; forgotten all at once when they get too many.
const REPORTED: usize = 10_000;

/// Which of the delivery processes this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl Shard {
    /// The only one.
    pub const SOLE: Self = Self { index: 0, count: 1 };
}

/// All deliveries of one process.
#[derive(Debug)]
pub struct Delivery<'c, S, N> {
    store: S,
    server: N,
    config: &'c Config,
    shard: Shard,
    inboxes: HashMap<Aor, Inbox>,
    /// Inboxes that may have something to send, each once.
    ready: VecDeque<Aor>,
    newcomers: Newcomers,
    flights: Flights,
    ledger: Ledger,
    pace: Pace,
    schedule: Schedule,
    /// Reminders that wait in an inbox or are in flight, and must not be read from the table again.
    reminders: HashSet<RowId>,
    reported: HashSet<RowId>,
    /// Until then nothing is read or sent, because the store failed.
    store_back: Duration,
}

impl<'c, S: Store, N: Server> Delivery<'c, S, N> {
    /// A delivery that has nothing to do yet.
    pub fn new(store: S, server: N, config: &'c Config, shard: Shard) -> Self {
        let schedule = Schedule::new(config, shard, server.monotonic());
        Self {
            store,
            server,
            config,
            shard,
            inboxes: HashMap::new(),
            ready: VecDeque::new(),
            newcomers: Newcomers::default(),
            flights: Flights::new(shard),
            ledger: Ledger::default(),
            pace: Pace::default(),
            schedule,
            reminders: HashSet::new(),
            reported: HashSet::new(),
            store_back: Duration::ZERO,
        }
    }

    /// The user is there: deliver what waits in the inbox.
    pub fn dump(&mut self, owner: Aor, request: DumpRequest) {
        if self.inboxes.entry(owner.clone()).or_default().dump(request) {
            self.newcomers.add(owner, self.server.monotonic());
        }
    }

    /// The final answer to a request: any status of 200 to 699, where 408 also stands for no answer at all.
    pub fn result(&mut self, ticket: Ticket, status: u16) {
        let Some(flight) = self.flights.land(ticket) else {
            lm_dbg!("status {status} for a message that is not in flight");
            return;
        };
        self.pace.answered(ticket);
        self.settle(flight, status);
    }

    /// Does what is due. Returns how long nothing will be, unless something is posted.
    pub fn work(&mut self) -> Duration {
        let now = self.server.monotonic();
        self.pace.forget_old(now);
        self.give_up_lost(now);
        if self.ledger.due().is_some_and(|due| due <= now) {
            if let Err(error) = self.ledger.settle(&mut self.store, now) {
                lm_err!(
                    "{error}; trying again every second ({} delivered messages wait for it)",
                    self.ledger.unwritten()
                );
            }
        }
        if now >= self.store_back && !self.ledger.is_full() {
            if let Err(error) = self.work_with_store(now) {
                self.store_failed(&error);
            }
        }
        self.idle_for()
    }

    /// Writes everything down that can be, before the process ends.
    ///
    /// # Errors
    /// When the table does not take it: those messages will be delivered a second time.
    pub fn shut_down(&mut self) -> Result<(), StoreError> {
        self.ledger.settle_at_the_end(&mut self.store, &self.server)
    }

    /// How many delivered messages still have their row.
    pub fn unwritten(&self) -> usize {
        self.ledger.unwritten()
    }

    fn list(&mut self, owner: Aor) {
        if let Some(inbox) = self.inboxes.get_mut(&owner).filter(|inbox| !inbox.listed) {
            inbox.listed = true;
            self.ready.push_back(owner);
        }
    }

    fn settle(&mut self, flight: Flight, status: u16) {
        let now = self.server.monotonic();
        let delivered = (200..300).contains(&status);
        lm_dbg!("message {} for {}: status {status}", flight.id, flight.owner);
        self.server.count(match (flight.kind, delivered) {
            (Kind::Offline, true) => Counter::DumpedMessages,
            (Kind::Offline, false) => Counter::FailedMessages,
            (Kind::Reminder, true) => Counter::DumpedReminders,
            (Kind::Reminder, false) => Counter::FailedReminders,
        });
        match (flight.kind, delivered) {
            (_, true) => self.ledger.delivered(flight.id, now),
            (Kind::Offline, false) => {}
            (Kind::Reminder, false) => self.ledger.missed(flight.id, now),
        }
        if flight.kind == Kind::Reminder {
            self.reminders.remove(&flight.id);
        }
        if let Some(inbox) = self.inboxes.get_mut(&flight.owner) {
            inbox.settled();
            if status == 408 {
                inbox.unreachable(&flight.request_uri);
            }
        }
        self.list(flight.owner);
    }

    /// An answer can only be missing when the server had no memory to tell us.
    fn give_up_lost(&mut self, now: Duration) {
        for flight in self.flights.lost(now) {
            lm_err!("no result for message {} of {}: it stays in the silo", flight.id, flight.owner);
            self.settle(flight, 408);
        }
    }

    fn work_with_store(&mut self, now: Duration) -> Result<(), StoreError> {
        if self.schedule.sweep_is_due(now) {
            self.store.delete_expired(self.server.now())?;
            self.schedule.swept(now);
        }
        if self.schedule.reminders_are_due(now) {
            self.read_reminders()?;
            self.schedule.read_reminders(now);
        }
        self.look_into(now);
        for _ in 0..TURN {
            if !self.pace.allows() || !self.serve_one()? {
                break;
            }
        }
        Ok(())
    }

    /// Asks the store which newcomers have messages, and forgets the others.
    fn look_into(&mut self, now: Duration) {
        let mut newcomers = self.newcomers.take(now);
        if newcomers.len() > 1 {
            // When this fails they are read one by one, and then it shows what is wrong.
            let occupied = self.store.occupied(newcomers.clone()).unwrap_or_else(|_| newcomers.clone());
            let occupied: HashSet<Aor> = occupied.into_iter().collect();
            for owner in newcomers.iter().filter(|owner| !occupied.contains(owner)) {
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.give_up_run();
                }
            }
        }
        newcomers.drain(..).for_each(|owner| self.list(owner));
    }

    /// Puts the due reminders of this process into their inboxes.
    fn read_reminders(&mut self) -> Result<(), StoreError> {
        let mut after = RowId::MIN;
        loop {
            let page = self.store.due(after, PAGE, self.server.now())?;
            for message in page.messages {
                self.take_reminder(message);
            }
            // A page that does not get any further, because its rows have no readable id, would come again for ever.
            if page.complete || page.last <= after || self.reminders.len() >= REMINDERS {
                return Ok(());
            }
            after = page.last;
        }
    }

    fn take_reminder(&mut self, message: StoredMessage) {
        let owner = match Aor::new(&message.user, &message.host) {
            Ok(owner) if owner.shard(self.shard.count) == self.shard.index => owner,
            Ok(_) => return,
            Err(reason) => return self.report(message.id, &reason),
        };
        if !self.ledger.holds(message.id) && self.reminders.insert(message.id) {
            self.inboxes.entry(owner.clone()).or_default().remind(message);
            self.list(owner);
        }
    }

    /// Sends at most one message of the inbox whose turn it is. Returns whether there was one.
    fn serve_one(&mut self) -> Result<bool, StoreError> {
        let Some(owner) = self.ready.pop_front() else { return Ok(false) };
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        inbox.listed = false;
        if let Err(error) = Self::fill(inbox, &owner, &mut self.store, &self.ledger, self.server.now()) {
            return self.unreadable(owner, error);
        }
        if inbox.in_flight() < self.config.dump_window {
            if let Some((message, kind)) = inbox.take_next() {
                let extra = inbox.extra_headers();
                self.deliver(&owner, message, kind, &extra);
                self.list(owner);
                return Ok(true);
            }
        } else {
            return Ok(true);
        }
        match inbox.turn_over() {
            false => drop(self.inboxes.remove(&owner)),
            true if inbox.in_flight() == 0 => self.list(owner),
            true => {}
        }
        Ok(true)
    }

    /// Reads the next page when the run has nothing left to send.
    ///
    /// Rows whose delivery is not written down yet are dropped at once: when their turn comes, the ledger may
    /// have forgotten them.
    fn fill(inbox: &mut Inbox, owner: &Aor, store: &mut S, ledger: &Ledger, now: UnixTime) -> Result<(), StoreError> {
        while let Some((run, after)) = inbox.run_that_wants_a_page() {
            let mut page = store.page(owner, after, PAGE, now)?;
            page.messages.retain(|message| !ledger.holds(message.id));
            let end = if run.wants_end(&page) { store.last_id(owner)? } else { None };
            run.add_page(page, end);
        }
        Ok(())
    }

    /// An inbox could not be read. When the store works otherwise the fault is with this inbox, which then is
    /// left until somebody asks for it again; else everything waits for the store.
    fn unreadable(&mut self, owner: Aor, error: StoreError) -> Result<bool, StoreError> {
        match self.store.check() {
            Ok(()) => {
                lm_err!("{error}; its messages stay in the silo");
                if let Some(inbox) = self.inboxes.get_mut(&owner) {
                    inbox.give_up_run();
                }
                self.list(owner);
                Ok(true)
            }
            Err(error) => {
                self.list(owner);
                Err(error)
            }
        }
    }

    fn deliver(&mut self, owner: &Aor, message: StoredMessage, kind: Kind, extra_headers: &[u8]) {
        if message.expires_at <= self.server.now() {
            self.reminders.remove(&message.id);
            return;
        }
        match self.compose(&message, kind, extra_headers) {
            Ok(outgoing) => self.send(owner, message.id, kind, outgoing),
            Err(reason) => {
                self.report(message.id, &reason);
                self.failed(message.id, kind);
            }
        }
    }

    fn compose(&self, message: &StoredMessage, kind: Kind, extra_headers: &[u8]) -> Result<Outgoing, Unsendable> {
        match (kind, &self.config.reminders) {
            (Kind::Reminder, Some(reminders)) => compose::reminder(message, &reminders.from, self.config),
            _ => compose::offline(message, extra_headers, self.config),
        }
    }

    fn send(&mut self, owner: &Aor, id: RowId, kind: Kind, outgoing: Outgoing) {
        let now = self.server.monotonic();
        let bytes = outgoing.body.len().saturating_add(outgoing.headers.len());
        let ticket = self.flights.next_ticket();
        match self.server.send(&outgoing, ticket) {
            Ok(()) => {
                self.pace.sent(ticket, bytes, now);
                let request_uri = outgoing.request_uri;
                self.flights.take_off(ticket, Flight { owner: owner.clone(), id, kind, request_uri }, now);
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.sent(kind);
                }
            }
            Err(error) => {
                self.report(id, &error);
                self.failed(id, kind);
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.unreachable(&outgoing.request_uri);
                }
            }
        }
    }

    /// A message that never took off.
    fn failed(&mut self, id: RowId, kind: Kind) {
        match kind {
            Kind::Offline => self.server.count(Counter::FailedMessages),
            Kind::Reminder => {
                self.server.count(Counter::FailedReminders);
                self.reminders.remove(&id);
                self.ledger.missed(id, self.server.monotonic());
            }
        }
    }

    /// Logs why a message cannot be sent, once for each message.
    fn report(&mut self, id: RowId, reason: &dyn std::fmt::Display) {
        if self.reported.len() >= REPORTED {
            self.reported.clear();
        }
        if self.reported.insert(id) {
            lm_err!("message {id} cannot be sent and stays in the silo: {reason}");
        }
    }

    fn store_failed(&mut self, error: &StoreError) {
        self.store_back = self.server.monotonic().saturating_add(STORE_PAUSE);
        lm_err!("{error}; nothing is delivered until that works, trying again every second");
    }

    fn idle_for(&self) -> Duration {
        let now = self.server.monotonic();
        let mut due = vec![self.ledger.due(), self.flights.next_loss()];
        if !self.ledger.is_full() {
            let busy = !self.ready.is_empty();
            let turn = busy.then(|| if self.pace.allows() { Some(now) } else { self.pace.next_end() }).flatten();
            due.extend(
                [turn, self.newcomers.due(), self.schedule.next()].map(|due| due.map(|due| due.max(self.store_back))),
            );
        }
        due.into_iter().flatten().min().unwrap_or(Duration::MAX).saturating_sub(now)
    }
}
