//! What is still to be looked at in the table for those who want to hear of messages.

use std::time::Duration;

use crate::silo::delivery::pacing::recent::Recent;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

/// So many inboxes are remembered as woken.
const WOKEN: usize = 100_000;

/// What is still to be looked at in the table for those who listen.
#[derive(Debug)]
pub struct News {
    /// The sweep has read expired rows up to this id.
    pub(super) sweeping: Option<RowId>,
    /// The messages of inboxes that may have to be woken.
    pub(super) to_wake: Vec<RowId>,
    /// Where the next look for such messages begins.
    pub(super) woken_up_to: RowId,
    /// When an inbox was woken last.
    pub(super) woken: Recent<Aor, Duration>,
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
