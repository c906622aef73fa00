//! What scripts and senders hear of messages: deliveries, failures, expiry, and messages that have waited for long.
//!
//! Whoever listens is known at start ([`Listeners`]); while nobody does, nothing of this costs anything. What happens is told
//! to another process ([`Happening`]), which runs the script's route, so that no route holds up a delivery.

pub mod happening;
mod sweep;
mod waking;

use std::time::Duration;

use self::happening::{Happening, Occasion};
use super::engine::Delivery;
use super::pacing::recent::Recent;
use super::server::Server;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::Store;

/// So many inboxes are remembered as woken.
const WOKEN: usize = 100_000;

/// What is still to be looked at in the table for those who listen.
#[derive(Debug)]
pub struct News {
    /// The sweep has read expired rows up to this id.
    sweeping: Option<RowId>,
    /// The messages of inboxes that may have to be woken.
    to_wake: Vec<RowId>,
    /// Where the next look for such messages begins.
    woken_up_to: RowId,
    /// When an inbox was woken last.
    woken: Recent<Aor, Duration>,
}

impl Default for News {
    fn default() -> Self {
        Self { sweeping: None, to_wake: Vec::new(), woken_up_to: RowId::MIN, woken: Recent::with_room_for(WOKEN) }
    }
}

impl News {
    /// Whether there is something to look at now.
    pub fn is_busy(&self) -> bool {
        self.sweeping.is_some() || !self.to_wake.is_empty()
    }

    /// Forgets what was under way; it begins anew at its time.
    pub fn give_up(&mut self) {
        self.sweeping = None;
        self.to_wake.clear();
    }
}

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
