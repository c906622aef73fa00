//! Something that happened to a message, as a script hears of it.

use crate::silo::message::aor::Aor;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::time::UnixTime;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It was answered with a 2xx.
    Delivered,
    /// It was answered with something else, or not at all, or could not be sent.
    Undelivered,
    /// Its time was over, and its row is deleted.
    Expired,
    /// It has waited for long.
    Waiting,
}

impl Occasion {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Undelivered, Self::Expired, Self::Waiting];

    /// Its name, as scripts know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Expired => "expired",
            Self::Waiting => "waiting",
        }
    }
}

/// Something that happened to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub what: Occasion,
    /// Its row.
    pub id: RowId,
    /// Whose inbox it is, or was, in.
    pub owner: Aor,
    /// See `NewMessage::from`.
    pub from: Vec<u8>,
    /// See `NewMessage::to`.
    pub to: Vec<u8>,
    /// Its content type, as its column has it; empty where that does not hold it.
    pub content_type: Vec<u8>,
    /// Its Call-ID, empty unless it was stored.
    pub call_id: Vec<u8>,
    /// When it was stored.
    pub stored_at: UnixTime,
    /// The status of the answer; 0 where there is none.
    pub code: u16,
}

impl Happening {
    /// Of a row; `None` when it is in nobody's inbox.
    pub fn of(what: Occasion, message: &StoredMessage) -> Option<Self> {
        Some(Self {
            what,
            id: message.id,
            owner: Aor::new(&message.user, &message.host).ok()?,
            from: message.from.clone(),
            to: message.to.clone(),
            content_type: message.content_type.clone(),
            call_id: message.call_id.clone(),
            stored_at: message.stored_at,
            code: 0,
        })
    }
}
