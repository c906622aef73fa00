//! Which answer belongs to which message, without the transaction module, and what a delivery does when its process ends.
//!
//! When the server stops, its workers end at once, and answers stay in its sockets unread. What was answered with a 2xx
//! must not come again, so the process reads them itself: [`datagram`] says what one of them is, its From tag which message it
//! is about.

pub mod datagram;

use super::engine::Delivery;
use super::server::{Server, Ticket};
use crate::silo::table::store::{Store, StoreError};

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// How many messages are in flight.
    pub fn in_flight(&self) -> usize {
        self.flights.count()
    }

    /// The message was not relayed, and will not be: nobody can answer it.
    pub fn unrelayed(&mut self, ticket: Ticket) {
        self.pace.answered(ticket);
    }

    /// Whether an answer to some message in flight may still be on its way: after T1 (RFC 3261 section 17.1.2) the message
    /// would have been retransmitted.
    pub fn awaits_answers(&mut self) -> bool {
        self.pace.forget_old(self.server.monotonic());
        self.pace.next_end().is_some()
    }

    /// Writes everything down that can be, before the process ends.
    ///
    /// # Errors
    /// When the table does not take it: those messages will be delivered a second time.
    pub fn shut_down(&mut self) -> Result<(), StoreError> {
        self.writes.settle_at_the_end(&mut self.store, &self.server)
    }

    /// How many delivered messages still have their row.
    pub fn unwritten(&self) -> usize {
        self.writes.unwritten()
    }
}
