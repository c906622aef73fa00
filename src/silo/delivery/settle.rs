//! What a final answer means: for the row, the counters, the inbox and whoever is told of it.

use std::time::Duration;

use super::engine::Delivery;
use super::flight::Flight;
use super::server::{Counter, Server, Ticket};
use crate::silo::message::compose::Kind;
use crate::silo::table::store::Store;
use crate::{lm_dbg, lm_err};

/// What a 2xx stands for when it is not the phone that took the message, but `m_store()`: nobody has it, and its row
/// stays. Like any other refusal it does not hold up what is behind it.
const HANDED_BACK: u16 = 480;

fn is_delivered(status: u16) -> bool {
    (200..300).contains(&status)
}

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// The final answer to a request: any status of 200 to 699, where 408 also stands for no answer at all.
    pub fn result(&mut self, ticket: Ticket, status: u16) {
        let Some(flight) = self.flights.land(ticket) else {
            lm_dbg!("status {status} for a message that is not in flight");
            return;
        };
        self.pace.answered(ticket);
        let delivered = is_delivered(status);
        let status = if self.server.must_stay(ticket, delivered) && delivered { HANDED_BACK } else { status };
        self.settle(flight, status);
    }

    /// What has become of a message is known: 408 where nobody answered.
    pub(super) fn settle(&mut self, flight: Flight, status: u16) {
        if let Some(seat) = flight.seat {
            return self.settle_contact(flight, seat, status);
        }
        let now = self.server.monotonic();
        self.busy_at = now;
        let delivered = is_delivered(status);
        lm_dbg!("message {} for {}: status {status}", flight.id, flight.owner);
        self.server.count(match (flight.kind, delivered) {
            (Kind::Offline, true) => Counter::DumpedMessages,
            (Kind::Offline, false) => Counter::FailedMessages,
            (Kind::Reminder, true) => Counter::DumpedReminders,
            (Kind::Reminder, false) => Counter::FailedReminders,
        });
        match status {
            200..300 => self.unanswered.remove(flight.id),
            408 => self.unanswered.add(flight.id),
            _ => {}
        }
        self.mistakes.look_at(&flight, status, self.config, now);
        if status != 408 {
            self.heard_of(flight.id, &flight.request_uri, flight.host);
        }
        match (flight.kind, delivered) {
            (_, true) => self.taken(flight.id, flight.expires_at),
            (Kind::Offline, false) => {}
            (Kind::Reminder, false) => self.missed(flight.id, flight.expires_at),
        }
        if flight.kind == Kind::Reminder {
            self.reminders.remove(&flight.id);
        }
        self.tell_end(flight.about, delivered, status);
        if let Some(inbox) = self.inboxes.get_mut(&flight.owner) {
            inbox.settled();
            if status == 408 {
                inbox.unreachable(&flight.request_uri);
            }
        }
        self.list(flight.owner);
    }

    /// An answer can only be missing when the server had no memory to tell us.
    pub(super) fn give_up_lost(&mut self, now: Duration) {
        self.lane.give_up_lost(now);
        for flight in self.flights.lost(now) {
            lm_err!("no result for message {} of {}: it stays in the silo", flight.id, flight.owner);
            self.settle(flight, 408);
        }
    }
}
