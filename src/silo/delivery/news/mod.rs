//! What scripts and senders hear of messages: deliveries, failures, expiry, and messages that have waited for long.
//!
//! Whoever listens is known at start ([`Listeners`]); while nobody does, nothing of this costs anything. What happens is told
//! to another process ([`Happening`]), which runs the script's route, so that no route holds up a delivery.

pub mod agenda;
pub mod happening;
mod sweep;
mod waking;

use self::happening::{Happening, Occasion};
use super::engine::Delivery;
use super::server::Server;
use crate::silo::message::model::StoredMessage;
use crate::silo::table::store::Store;

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// A message of which somebody hears when its delivery has ended; `None` when nobody does.
    pub(super) fn about(&self, message: &StoredMessage) -> Option<Box<Happening>> {
        let listeners = &self.config.listeners;
        match listeners.delivered || listeners.undelivered {
            true => Happening::of(Occasion::Delivered, message).map(Box::new),
            false => None,
        }
    }

    /// Tells how the delivery of a message has ended: with this status, or 0 when it could not be sent.
    pub(super) fn tell_end(&mut self, about: Option<Box<Happening>>, delivered: bool, status: u16) {
        let Some(about) = about else { return };
        let listeners = &self.config.listeners;
        let (wanted, what) = match delivered {
            true => (listeners.delivered, Occasion::Delivered),
            false => (listeners.undelivered, Occasion::Undelivered),
        };
        if wanted {
            self.server.tell(Happening { what, code: status, ..*about });
        }
    }
}
