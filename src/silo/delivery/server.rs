//! What the silo needs from the SIP server around it.

use std::fmt;
use std::time::Duration;

use super::contacts::binding::Binding;
use super::news::happening::Happening;
use crate::silo::delivery::pacing::hosts::Host;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::Outgoing;
use crate::silo::time::Clock;

/// Names one sent request until its final answer is known.
///
/// It fits a pointer because tm hands it back as the parameter of its callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub usize);

/// The statistics of the module, as `kamcmd stats.get_statistics msilo:` shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counter {
    /// `stored_messages`
    StoredMessages,
    /// `dumped_messages`
    DumpedMessages,
    /// `failed_messages`
    FailedMessages,
    /// `dumped_reminders`
    DumpedReminders,
    /// `failed_reminders`
    FailedReminders,
    /// `expired_messages`
    ExpiredMessages,
    /// `refused_messages`
    RefusedMessages,
    /// `retransmissions`
    Retransmissions,
    /// `claims_lost`
    ClaimsLost,
}

/// Why the server did not take a request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendError {
    /// What is known of the reason.
    pub reason: String,
    /// The script of the server drops such requests.
    pub dropped: bool,
}

impl SendError {
    /// The transaction module cannot send it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), dropped: false }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for SendError {}

/// The SIP server as the delivery sees it.
pub trait Server: Clock {
    /// Hands a MESSAGE to the transaction module. The final answer comes later, with the ticket; after an
    /// error there will be none.
    fn send(&mut self, message: &Outgoing, ticket: Ticket) -> Result<(), SendError>;

    /// The registered contacts of a user.
    fn contacts(&mut self, owner: &Aor) -> Vec<Binding>;

    /// Whether a SIP URI names this server.
    fn is_self(&self, uri: &[u8]) -> bool;
    /// Where a request to this URI goes, if getting there may keep the sender waiting.
    fn slow_host(&self, request_uri: &[u8]) -> Option<Host>;

    /// Like [`Server::send`], but does not wait until it is sent: that is told later, with the ticket, as
    /// [`super::event::Event::Tried`], before or after the final answer. Only one is sent so at a time. What could not be
    /// begun by that time of the monotonic clock is not sent.
    fn send_apart(&mut self, message: &Outgoing, ticket: Ticket, begin_by: Duration) -> Result<(), SendError>;

    /// Takes note of how a message ended. Whether a script has handed it back to `m_store()` meanwhile, and was promised
    /// that its row stays.
    fn must_stay(&mut self, ticket: Ticket, delivered: bool) -> bool;

    /// Whether the server needs what memory it has left for others. tm keeps each transaction for some seconds after
    /// its end, so a large inbox at full speed could take it all.
    fn memory_is_low(&self) -> bool;

    /// Whether the process is to end, and so sends nothing more.
    fn is_stopping(&self) -> bool;

    /// How long the transaction module waits at most before it says 408.
    fn longest_transaction(&self) -> Duration;

    /// Tells those who listen what happened to a message. Never waits for them.
    fn tell(&mut self, happening: Happening) {
        let _ = happening;
    }

    /// Sends a notification to the sender of a message, which nobody waits for the answer to.
    fn send_receipt(&mut self, receipt: Outgoing) {
        let _ = receipt;
    }

    /// Whether an operator has paused the delivery: then nothing new is sent.
    fn is_paused(&self) -> bool {
        false
    }

    /// Adds one to a statistic.
    fn count(&mut self, counter: Counter);

    /// Adds so many to a statistic.
    fn add(&mut self, counter: Counter, count: u64) {
        (0..count).for_each(|_| self.count(counter));
    }
}
