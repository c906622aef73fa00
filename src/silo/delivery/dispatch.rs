//! The part of the delivery that takes messages out of inboxes and hands them to the network.

use std::collections::HashSet;

use super::engine::Delivery;
use super::flight::{lost_after, Flight};
use super::inbox::Inbox;
use super::run::{Wanted, PAGE};
use super::server::{Counter, SendError, Server};
use crate::lm_err;
use crate::silo::config::settings::DeliverTo;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::{self, Kind, Unsendable};
use crate::silo::message::model::{Outgoing, RowId, StoredMessage};
use crate::silo::table::store::{Store, StoreError};

/// Unsendable rows whose reason has been logged; forgotten all at once when they get too many.
const REPORTED: usize = 10_000;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Sends at most one message of the inbox whose turn it is. Returns whether there was one.
    pub(super) fn serve_one(&mut self) -> Result<bool, StoreError> {
        let Some(owner) = self.ready.pop_front() else { return Ok(false) };
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        inbox.listed = false;
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
                self.deliver(&owner, message, kind, &extra);
                self.list(owner);
                return Ok(true);
            }
        } else {
            return Ok(true);
        }
        match inbox.turn_over() {
            false => drop(self.inboxes.remove(&owner)),
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
                let end = if run.wants_end(&page) { self.store.last_id(owner)? } else { None };
                run.add_page(page, end, |id| self.unanswered.times(id));
            }
            Wanted::Rows(ids) => {
                let mut messages = self.store.rows(owner, &ids, now)?;
                let there: HashSet<RowId> = messages.iter().map(|message| message.id).collect();
                ids.iter().filter(|id| !there.contains(id)).for_each(|id| self.unanswered.remove(*id));
                messages.retain(|message| !self.writes.holds(message.id));
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

    fn deliver(&mut self, owner: &Aor, message: StoredMessage, kind: Kind, extra_headers: &[u8]) {
        if message.expires_at <= self.server.now() {
            self.reminders.remove(&message.id);
            self.unanswered.remove(message.id);
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

    pub(super) fn compose(
        &self,
        message: &StoredMessage,
        kind: Kind,
        extra_headers: &[u8],
    ) -> Result<Outgoing, Unsendable> {
        match (kind, &self.config.reminders) {
            (Kind::Reminder, Some(reminders)) => compose::reminder(message, &reminders.from, self.config),
            _ => compose::offline(message, extra_headers, self.config),
        }
    }

    fn send(&mut self, owner: &Aor, id: RowId, kind: Kind, outgoing: Outgoing) {
        let request_uri = outgoing.request_uri.clone();
        let flight = Flight { owner: owner.clone(), id, kind, request_uri: request_uri.clone(), seat: None };
        match self.take_off(outgoing, flight) {
            Ok(()) => {
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.sent(kind);
                }
            }
            Err(error) => {
                self.report(id, &error);
                self.failed(id, kind);
                self.unanswered.add(id);
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.unreachable(&request_uri);
                }
            }
        }
    }

    /// Hands a request to the server, and remembers it until its answer is known.
    pub(super) fn take_off(&mut self, outgoing: Outgoing, flight: Flight) -> Result<(), SendError> {
        let now = self.server.monotonic();
        let bytes = outgoing.body.len().saturating_add(outgoing.headers.len());
        let ticket = self.flights.next_ticket();
        self.server.send(&outgoing, ticket)?;
        self.pace.sent(ticket, bytes, now);
        let loss = now.saturating_add(lost_after(self.server.longest_transaction()));
        self.flights.take_off(ticket, flight, loss);
        Ok(())
    }

    /// A message that never took off.
    pub(super) fn failed(&mut self, id: RowId, kind: Kind) {
        match kind {
            Kind::Offline => self.server.count(Counter::FailedMessages),
            Kind::Reminder => {
                self.server.count(Counter::FailedReminders);
                self.reminders.remove(&id);
                self.writes.missed(id, self.server.monotonic());
            }
        }
    }

    /// Logs why a message cannot be sent, once for each message.
    pub(super) fn report(&mut self, id: RowId, reason: &dyn std::fmt::Display) {
        if self.reported.len() >= REPORTED {
            self.reported.clear();
        }
        if self.reported.insert(id) {
            lm_err!("message {id} cannot be sent and stays in the silo: {reason}");
        }
    }
}
