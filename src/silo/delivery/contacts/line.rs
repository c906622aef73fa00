//! The line of one contact, and the messages in it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::binding::{Binding, Flow};
use crate::silo::message::compose::Kind;
use crate::silo::message::model::StoredMessage;

/// A message that was handed out, until the last contact is through with it.
#[derive(Debug)]
pub struct Held {
    /// The message.
    pub message: StoredMessage,
    /// What it is sent as.
    pub kind: Kind,
    /// Headers that the dump adds to it.
    pub extra_headers: Rc<[u8]>,
    /// Some contact has taken it, so its row goes, and must go only once.
    pub delivered: Cell<bool>,
    /// It was sent to some contact in vain.
    pub failed: Cell<bool>,
    /// The status of the last such answer; 0 where there was none.
    pub code: Cell<u16>,
}

impl Held {
    /// A message that nobody has got yet.
    pub fn new(message: StoredMessage, kind: Kind, extra_headers: Rc<[u8]>) -> Rc<Self> {
        let (delivered, failed, code) = (Cell::new(false), Cell::new(false), Cell::new(0));
        Rc::new(Self { message, kind, extra_headers, delivered, failed, code })
    }
}

/// Names one message in flight in one line, for as long as the inbox lives. Its row's number would not: a database may give
/// that to another message, once the row is gone because another contact has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seat {
    /// The line.
    pub(super) line: u64,
    /// The turn of all lines in which it was sent.
    pub(super) turn: u64,
}

/// What one contact still has to get.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, which no other line of the inbox has or had.
    pub id: u64,
    /// The contact as usrloc has it.
    pub binding: Binding,
    /// The way to it.
    pub flow: Flow,
    /// Messages that are its next ones, in their order.
    pub waiting: VecDeque<Rc<Held>>,
    /// Messages that were sent to it and have no answer yet.
    pub in_flight: Vec<(Seat, Rc<Held>)>,
    /// It did not answer, or is registered no more: nothing is sent to it until a dump finds it again.
    pub gone: bool,
    /// Its next message can only be sent apart from those for others, which has to wait for its turn.
    pub apart: bool,
    /// The last turn of all before the latest dump that has found it.
    pub joined: u64,
}

impl Line {
    /// Whether its next message may be sent now.
    pub fn is_ready(&self, window: usize, lane_is_free: bool) -> bool {
        let waits = self.gone || self.waiting.is_empty() || self.in_flight.len() >= window;
        !waits && (lane_is_free || !self.apart)
    }

    /// All that is meant for it.
    pub fn all(&self) -> impl Iterator<Item = &Rc<Held>> {
        self.in_flight.iter().map(|(_, held)| held).chain(&self.waiting)
    }

    /// Nothing more is sent to it. Returns what waited for it.
    pub fn leave(&mut self) -> Vec<Rc<Held>> {
        self.gone = true;
        self.waiting.drain(..).collect()
    }
}
