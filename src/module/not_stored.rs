//! Why a message is not stored.

use std::fmt;
use std::time::Duration;

use crate::host::shared::queue::NoMemory;
use crate::host::sip::msg::Unparsable;
use crate::host::sip::suspend::NotSuspended;
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
    /// The database has not answered for longer than a message waits.
    Away(Duration),
    /// What is on its way to the storing process takes up its share of the server's memory.
    NoMemory(NoMemory),
    /// The process that would store it is not there.
    NoProcess(&'static str),
    /// The transaction cannot wait.
    NotSuspended(NotSuspended),
    /// The script names a route that it does not have.
    NoRoute(Vec<u8>),
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
            Self::Away(time) => write!(f, "the database has not answered for {} s", time.as_secs()),
            Self::NoMemory(reason) => {
                write!(f, "too many messages wait for the database; if it is fast enough, {reason}")
            }
            Self::NoProcess(what) => f.write_str(what),
            Self::NotSuspended(NotSuspended::NoTransaction) => {
                f.write_str("there is no transaction: call t_newtran() before m_store_async()")
            }
            Self::NotSuspended(NotSuspended::WrongRoute) => {
                f.write_str("m_store_async() works in request_route and failure_route only")
            }
            Self::NotSuspended(NotSuspended::Refused(code)) => {
                write!(
                    f,
                    "tm does not let the transaction wait ({code}), see its own log line; call m_store_async() once, \
                           before any answer"
                )
            }
            Self::NoRoute(name) => write!(f, "there is no route[{}] to go on with", Shown(name)),
        }
    }
}

impl NotStored {
    /// Whether it is the database that fails, and not this message: then the next message fares no better.
    pub fn is_fault_of_database(&self) -> bool {
        matches!(
            self,
            Self::Store(_)
                | Self::UnderWay
                | Self::NoConnection
                | Self::Away(_)
                | Self::NoMemory(_)
                | Self::NoProcess(_)
        )
    }
}
