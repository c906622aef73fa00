//! Why a message is not stored.

use std::fmt;

use crate::host::sip::msg::Unparsable;
use crate::silo::intake::submission::Refusal;
use crate::silo::message::aor::Aor;
use crate::silo::message::body::BadBody;
use crate::silo::table::inspection::widths::DoesNotFit;
use crate::silo::table::store::StoreError;
use crate::silo::text::Shown;

/// Why a message is not stored.
#[derive(Debug)]
pub enum NotStored {
    /// A part of it is malformed.
    Unparsable(Unparsable),
    /// It has no whole body.
    Body(BadBody),
    /// The script named an owner that is no URI.
    BadOwner(Vec<u8>),
    /// The silo does not take it.
    Refused(Refusal),
    /// A part of it does not fit the table.
    DoesNotFit(DoesNotFit),
    /// The inbox is full.
    Full(Aor, u64),
    /// The table did not take it.
    Store(StoreError),
    /// It is a retransmission, and the original is still being stored.
    UnderWay,
    /// It is one of ours that came back, and too many of them are under way to note that its row must stay.
    NotNoted,
    /// This process has no database connection.
    NoConnection,
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unparsable(part) => part.fmt(f),
            Self::Body(bad) => bad.fmt(f),
            Self::BadOwner(owner) => write!(f, "owner \"{}\" is no SIP URI", Shown(owner)),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::DoesNotFit(value) => value.fmt(f),
            Self::Full(owner, most) => write!(f, "the inbox of {owner} has its max_messages of {most}"),
            Self::Store(error) => error.fmt(f),
            Self::UnderWay => f.write_str("it is a retransmission, and the original is still waiting for the database"),
            Self::NotNoted => {
                f.write_str("it came out of the silo and stays there, but not every process knows that yet")
            }
            Self::NoConnection => f.write_str("this process of the server has no database connection"),
        }
    }
}

impl NotStored {
    /// Whether it is the database that fails, and not this message: then the next message fares no better.
    pub fn is_fault_of_database(&self) -> bool {
        matches!(self, Self::Store(_) | Self::UnderWay | Self::NoConnection)
    }
}
