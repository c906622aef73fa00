//! The part of the delivery that takes messages out of inboxes and hands them to the network.

use std::collections::HashSet;

use super::engine::Delivery;
use super::flight::{lost_after, Flight};
use super::inbox::run::{Wanted, PAGE};
use super::inbox::{Halt, Inbox};
use super::server::{Counter, SendError, Server};
use crate::lm_err;
use crate::silo::config::settings::DeliverTo;
use crate::silo::delivery::pacing::hosts::Host;
use crate::silo::delivery::pacing::lane::Way;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::{self, Kind, Unsendable};
use crate::silo::message::model::{Outgoing, RowId, StoredMessage};
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::UnixTime;

/// Unsendable rows whose reason has been logged; forgotten all at once when they get too many.
const REPORTED: usize = 10_000;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Sends at most one message of the inbox whose turn it is. Returns whether there was one.
    pub(super) fn serve_one(&mut self) -> Result<bool, StoreError> {
        if self.claims.are_needed() && !self.claims.are_sure(self.server.monotonic()) {
            return Ok(false);
        }
        let Some(owner) = self.next_owner() else { return Ok(false) };
        self.serving = Some(owner.clone());
        let served = self.serve(owner);
        self.serving = None;
        served
    }

    fn serve(&mut self, owner: Aor) -> Result<bool, StoreError> {
        if self.config.deliver_to != DeliverTo::Aor {
            return self.serve_contacts(owner);
        }
        if self.fill(&owner).is_err() {
            return self.unreadable(owner);
        }
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        if inbox.in_flight() < self.config.dump_window {
            if let Some((message, kind)) = inbox.take_next() {
                let extra = inbox.extra_headers();
                if self.deliver(&owner, message, kind, &extra) {
                    self.list(owner);
                }
                return Ok(true);
            }
        } else {
            return Ok(true);
        }
        match inbox.turn_over() {
            false => self.close(&owner),
            true if inbox.halt != Halt::No => {}
            true if inbox.in_flight() == 0 || inbox.run_that_wants_rows().is_some() => self.list(owner),
            true => {}
        }
        Ok(true)
    }

    /// Reads what comes next when the run has nothing left to send: one page at a time, so that nobody waits for an
    /// inbox that has many without anything to send on them.
    ///
    /// Rows whose delivery is not written down yet are dropped at once: when their turn comes, the writes may
    /// have forgotten them.
    pub(super) fn fill(&mut self, owner: &Aor) -> Result<(), StoreError> {
        let now = self.server.now();
        let Some((run, wanted)) = self.inboxes.get_mut(owner).and_then(Inbox::run_that_wants_rows) else {
            return Ok(());
        };
        match wanted {
            Wanted::PageAfter(after) => {
                let mut page = self.store.page(owner, after, PAGE, now)?;
                page.messages.retain(|message| !self.writes.holds(message.id));
                self.take_page(owner, after, page)?;
            }
            Wanted::Rows(ids) => {
                let mut messages = self.store.rows(owner, &ids, now)?;
                let there: HashSet<RowId> = messages.iter().map(|message| message.id).collect();
                ids.iter().filter(|id| !there.contains(id)).for_each(|id| self.unanswered.remove(*id));
                messages.retain(|message| !self.writes.holds(message.id) && self.claims.has(owner, message.id));
                run.add_rows(&ids, messages);
            }
        }
        Ok(())
    }

    /// An inbox could not be read. When the store works otherwise the fault is with this inbox, which then is
    /// left until somebody asks for it again; else everything waits for the store.
    pub(super) fn unreadable(&mut self, owner: Aor) -> Result<bool, StoreError> {
        match self.store.check() {
            Ok(()) => {
                // The store may have come back between the two questions.
                if let Err(error) = self.fill(&owner) {
                    if let Some(inbox) = self.inboxes.get_mut(&owner) {
                        inbox.give_up_run();
                    }
                    self.complain(format_args!("{error}; its messages stay in the silo"));
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

    /// Sends a message, or says why not. Returns whether the inbox may go on at once.
    fn deliver(&mut self, owner: &Aor, message: StoredMessage, kind: Kind, extra_headers: &[u8]) -> bool {
        if message.expires_at <= self.server.now() {
            self.reminders.remove(&message.id);
            self.unanswered.remove(message.id);
            return true;
        }
        self.sending = Some((message.id, message.expires_at, kind));
        let goes_on = match self.compose(&message, kind, extra_headers) {
            Ok(outgoing) => self.hand_over(owner, message, kind, outgoing),
            Err(reason) => {
                self.report(message.id, &reason);
                self.failed(message.id, message.expires_at, kind);
                self.tell_end(self.about(&message), false, 0);
                true
            }
        };
        self.sending = None;
        goes_on
    }

    pub(super) fn compose(
        &self,
        message: &StoredMessage,
        kind: Kind,
        extra_headers: &[u8],
    ) -> Result<Outgoing, Unsendable> {
        match (kind, &self.config.reminders) {
            (Kind::Reminder, Some(reminders)) => compose::reminder(message, &reminders.from, self.config),
            _ => {
                let outgoing = compose::offline(message, extra_headers, self.config)?;
                Ok(compose::with_time_left(outgoing, extra_headers, message.expires_at, self.server.now()))
            }
        }
    }

    /// Sends a message straight or apart, as its host demands, or leaves it where that must wait.
    fn hand_over(&mut self, owner: &Aor, message: StoredMessage, kind: Kind, outgoing: Outgoing) -> bool {
        let now = self.server.monotonic();
        let host = self.server.slow_host(&outgoing.request_uri);
        if let Some(key) = self.pause_of(message.id, &outgoing.request_uri, host.as_ref(), now) {
            self.pass_over(owner, &message, kind, &outgoing.request_uri, &key);
            return true;
        }
        match host {
            Some(host) if self.hosts.is_apart(&host, now) => match self.lane.is_free() {
                true => self.send(owner, &message, kind, outgoing, Some((host, Way::Apart))),
                false => {
                    self.wait_for_lane(owner, message, kind);
                    return false;
                }
            },
            host => self.send(owner, &message, kind, outgoing, host.map(|host| (host, Way::Straight))),
        }
        true
    }

    fn send(
        &mut self,
        owner: &Aor,
        message: &StoredMessage,
        kind: Kind,
        outgoing: Outgoing,
        host: Option<(Host, Way)>,
    ) {
        let (id, expires_at, about) = (message.id, message.expires_at, self.about(message));
        let request_uri = outgoing.request_uri.clone();
        let flight = Flight { owner: owner.clone(), id, expires_at, kind, request_uri, seat: None, host: None, about };
        match self.take_off(&outgoing, flight, host) {
            Ok(()) => {
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.sent(kind);
                }
            }
            Err(error) => {
                self.unsent(id, &outgoing.request_uri, &error);
                self.failed(id, expires_at, kind);
                self.tell_end(self.about(message), false, 0);
                self.unanswered.add(id);
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.unreachable(&outgoing.request_uri);
                }
            }
        }
    }

    /// Hands a request to the server, straight or apart, and remembers it until its answer is known.
    pub(super) fn take_off(
        &mut self,
        outgoing: &Outgoing,
        flight: Flight,
        host: Option<(Host, Way)>,
    ) -> Result<(), SendError> {
        let now = self.server.monotonic();
        let bytes = outgoing.body.len().saturating_add(outgoing.headers.len());
        let ticket = self.flights.next_ticket();
        let patience = lost_after(self.server.longest_transaction());
        let (sent, loss, host) = match host {
            Some((host, Way::Apart)) => {
                // Until it is sent may take as long as until it is answered. What is not begun by then would be answered
                // when it is given up here, and then it comes again at the next dump.
                let begin_by = now.saturating_add(patience);
                let loss = begin_by.saturating_add(patience);
                let (sent, name) = (self.server.send_apart(outgoing, ticket, begin_by), host.name.clone());
                if sent.is_ok() {
                    self.lane.take(ticket, host, loss);
                }
                (sent, loss, Some(name))
            }
            straight => {
                let sent = self.server.send(outgoing, ticket);
                if let Some((host, _)) = straight {
                    self.note_host(&host, self.server.monotonic().saturating_sub(now), sent.is_err());
                }
                (sent, now.saturating_add(patience), None)
            }
        };
        sent?;
        self.pace.sent(ticket, bytes, now);
        self.busy_at = self.server.monotonic();
        self.flights.take_off(ticket, Flight { host, ..flight }, self.busy_at, loss);
        Ok(())
    }

    /// A message that never took off.
    pub(super) fn failed(&mut self, id: RowId, expires_at: UnixTime, kind: Kind) {
        match kind {
            Kind::Offline => self.server.count(Counter::FailedMessages),
            Kind::Reminder => {
                self.server.count(Counter::FailedReminders);
                self.reminders.remove(&id);
                self.missed(id, expires_at);
            }
        }
    }

    /// A message that was answered with a 2xx: its row has to go. One that is over is left to the sweep, which may have taken
    /// it already; then its id may be another message's (SQLite). Where somebody hears of expiry the sweep leaves what is in
    /// flight, or waits for its DELETE.
    pub(super) fn taken(&mut self, id: RowId, expires_at: UnixTime) {
        let until = if self.hears_of_expiry() { UnixTime::MAX } else { expires_at };
        if until > self.server.now() {
            self.claims.settled(id);
            self.writes.delivered(id, until, self.server.monotonic());
        }
    }

    /// A reminder that becomes an ordinary message, unless it is over: see [`Delivery::taken`].
    pub(super) fn missed(&mut self, id: RowId, expires_at: UnixTime) {
        if expires_at > self.server.now() {
            self.claims.settled(id);
            self.writes.missed(id, expires_at, self.server.monotonic());
        }
    }

    /// Logs why a message cannot be sent, once for each message.
    pub(super) fn report(&mut self, id: RowId, reason: &dyn std::fmt::Display) {
        if self.reported.len() >= REPORTED {
            self.reported.clear();
        }
        if self.reported.insert(id) {
            let line = format!("message {id} cannot be sent and stays in the silo: {reason}");
            lm_err!("{line}");
            self.last_error = Some(line);
        }
    }
}
