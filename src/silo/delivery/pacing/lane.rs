//! The way of messages that are sent apart from the others: there is room for one at a time.

use std::collections::VecDeque;
use std::time::Duration;

use super::hosts::Host;
use crate::silo::delivery::server::Ticket;
use crate::silo::message::aor::Aor;

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By this process, which goes on when it is sent.
    Straight,
    /// By another one.
    Apart,
}

/// The other process, and who waits for it.
#[derive(Debug, Default)]
pub struct Lane {
    /// What is being sent, and when nothing more will be heard of that.
    out: Option<(Ticket, Host, Duration)>,
    /// Inboxes whose next message goes this way.
    pub waiting: VecDeque<Aor>,
}

impl Lane {
    /// Whether nothing is being sent that way.
    pub fn is_free(&self) -> bool {
        self.out.is_none()
    }

    /// Notes what is being sent to which host, and when nothing more will be heard of that.
    pub fn take(&mut self, ticket: Ticket, host: Host, loss: Duration) {
        self.out = Some((ticket, host, loss));
    }

    /// What was being sent with this ticket is sent, or could not be: the way is free. Gives its host.
    pub fn give_back(&mut self, ticket: Ticket) -> Option<Host> {
        self.out.take_if(|(out, _, _)| *out == ticket).map(|(_, host, _)| host)
    }

    /// Gives up what has not been heard of for too long.
    pub fn give_up_lost(&mut self, now: Duration) {
        self.out.take_if(|(_, _, loss)| *loss <= now);
    }

    /// Whether somebody may go this way now.
    pub fn has_next(&self) -> bool {
        self.is_free() && !self.waiting.is_empty()
    }
}
