//! Messages that are sent apart from the others, one at a time, because their host may keep the sender waiting; and hosts,
//! destinations and messages for which nothing is sent for a while, because of what happened before.

use std::time::Duration;

use super::engine::Delivery;
use super::inbox::run::destination;
use super::server::{SendError, Server, Ticket};
use crate::silo::delivery::pacing::backoff::Key;
use crate::silo::delivery::pacing::hosts::{Host, SLOW};
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::Store;
use crate::silo::text::Shown;
use crate::{lm_dbg, lm_warn};

/// A host that has kept us waiting waits for so many times as long, and for a minute at least, before the next message.
const SLOW_PAUSE: u32 = 8;
const MINUTE: Duration = Duration::from_secs(60);
/// What the script has dropped is sent again at the next dump so many times before it waits for a minute. It may have
/// meant something else, but each time costs the server some memory: tm before 5.8.2 loses 468 bytes.
const FREE_DROPS: u32 = 1;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// A message that was sent apart has been sent, or could not be, after so long.
    pub fn tried(&mut self, ticket: Ticket, took: Duration, sent: Result<(), SendError>) {
        if let Some(host) = self.lane.give_back(ticket) {
            self.note_host(&host, took, sent.is_err());
        }
        if let Err(error) = sent {
            let Some(flight) = self.flights.land(ticket) else { return };
            self.pace.answered(ticket);
            // Nothing was sent, so nothing was handed back either.
            self.server.must_stay(ticket, false);
            self.unsent(flight.id, &flight.request_uri, &error);
            self.settle(flight, 408);
        }
    }

    /// The inbox whose turn it is.
    pub(super) fn next_owner(&mut self) -> Option<Aor> {
        if let Some(owner) = self.lane.take_next() {
            return Some(owner);
        }
        let owner = self.ready.pop_front()?;
        if let Some(inbox) = self.inboxes.get_mut(&owner) {
            inbox.listed = false;
        }
        Some(owner)
    }

    /// Has an inbox wait until its next message can be sent apart.
    pub(super) fn wait_for_lane(&mut self, owner: &Aor, message: StoredMessage, kind: Kind) {
        if let Some(inbox) = self.inboxes.get_mut(owner) {
            inbox.put_back(message, kind);
            self.lane.wait(owner);
        }
    }

    /// Notes how long it took to send something to a host.
    pub(super) fn note_host(&mut self, host: &Host, took: Duration, failed: bool) {
        let now = self.server.monotonic();
        if took >= SLOW {
            let first = took.saturating_mul(SLOW_PAUSE).max(MINUTE);
            let pause = self.backoff.failed(Key::Host(host.name.clone()), 0, first, now).as_secs();
            let (name, took) = (Shown(&host.name), took.as_secs());
            lm_warn!(
                "sending to {name} took {took} s: other messages for it wait {pause} s at least, unless it answers"
            );
        }
        if self.hosts.tried(host, took, failed, now) {
            for owner in self.lane.dismiss() {
                self.list(owner);
            }
        }
    }

    /// Why nothing is to be sent there now.
    pub(super) fn pause_of(&self, id: RowId, uri: &[u8], host: Option<&Host>, now: Duration) -> Option<Key> {
        if self.backoff.is_empty() {
            return None;
        }
        let host = host.map(|host| Key::Host(host.name.clone()));
        let keys = [Key::Row(id), Key::Destination(destination(uri))];
        keys.into_iter().chain(host).find(|key| self.backoff.holds(key, now))
    }

    /// Leaves a message that must wait to the next dump.
    pub(super) fn pass_over(&mut self, owner: &Aor, message: &StoredMessage, kind: Kind, uri: &[u8], why: &Key) {
        let id = message.id;
        lm_dbg!("message {id} for {owner} is left for now: what went to {} has failed before", Shown(uri));
        match (kind, self.inboxes.get_mut(owner)) {
            (Kind::Reminder, _) => self.failed(id, message.expires_at, kind),
            (Kind::Offline, Some(inbox)) if !matches!(why, Key::Row(_)) => inbox.unreachable(uri),
            (Kind::Offline, _) => {}
        }
    }

    /// Notes that a message could not be sent.
    pub(super) fn unsent(&mut self, id: RowId, uri: &[u8], error: &SendError) {
        self.report(id, error);
        if error.dropped {
            let now = self.server.monotonic();
            for key in [Key::Row(id), Key::Destination(destination(uri))] {
                self.backoff.failed(key, FREE_DROPS, MINUTE, now);
            }
        }
    }

    /// Notes that a message was answered.
    pub(super) fn heard_of(&mut self, id: RowId, uri: &[u8], host: Option<Vec<u8>>) {
        if !self.backoff.is_empty() {
            let keys = [Key::Row(id), Key::Destination(destination(uri))];
            keys.into_iter().chain(host.map(Key::Host)).for_each(|key| self.backoff.works(&key));
        }
    }
}
