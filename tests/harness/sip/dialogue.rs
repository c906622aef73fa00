//! What an agent remembers of its dialogue with the server, shared between the test and the thread that reads.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::harness::sip::exchange::{Exchange, Way};
use crate::harness::sip::message::SipMessage;
use crate::harness::sip::transport::Transport;

/// What an agent does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Replies 200.
    Ok,
    /// Replies with that code and reason.
    Code(u16, &'static str),
    /// Does not reply (now: see [`Agent::reply`]).
    Silence,
}

/// Decides what to do with a request.
pub type Policy = Box<dyn FnMut(&SipMessage) -> Answer + Send>;

/// What changes.
pub struct State {
    pub policy: Policy,
    pub inbox: VecDeque<SipMessage>,
    /// Every request seen, by transaction, with the reply it got.
    pub answered: HashMap<String, Option<Vec<u8>>>,
    pub retransmissions: usize,
    /// Final replies, by transaction.
    pub replies: HashMap<String, SipMessage>,
    /// What is wrong with the first MESSAGE that was.
    pub malformed: Option<String>,
    pub closing: bool,
}

/// What is shared between an agent and its reader.
pub struct Dialogue {
    pub name: String,
    pub exchange: Arc<Exchange>,
    pub state: Mutex<State>,
    pub changed: Condvar,
}

impl Dialogue {
    /// An empty one, of an agent that answers 200 to everything.
    pub fn new(name: &str, exchange: Arc<Exchange>) -> Dialogue {
        let state = State {
            policy: Box::new(|_| Answer::Ok),
            inbox: VecDeque::new(),
            answered: HashMap::new(),
            retransmissions: 0,
            replies: HashMap::new(),
            malformed: None,
            closing: false,
        };
        Dialogue { name: name.to_owned(), exchange, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The state, locked.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `probe` finds something in the state.
    pub fn wait<T>(&self, deadline: Duration, mut probe: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let end = Instant::now() + deadline;
        let mut state = self.lock();
        loop {
            if let Some(found) = probe(&mut state) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes what arrived; false when the agent is done.
    pub fn take(&self, bytes: &[u8], peer: SocketAddr, socket: &Transport) -> bool {
        if self.lock().closing {
            return false;
        }
        self.exchange.record(&self.name, Way::Received, peer, bytes);
        let message = match SipMessage::read(bytes) {
            Ok(message) => message,
            Err(error) => {
                self.complain(bytes, error);
                return true;
            }
        };
        if !message.is_request() {
            if message.code() >= 200 {
                self.lock().replies.insert(message.transaction(), message);
            }
            self.changed.notify_all();
            return true;
        }
        if let Err(error) = message.complaint() {
            self.complain(bytes, error);
        }
        if let Some(reply) = self.answer_to(message) {
            self.exchange.record(&self.name, Way::Sent, peer, &reply);
            let _ = socket.send(&reply, peer);
        }
        self.changed.notify_all();
        true
    }

    /// Keeps what is wrong with a MESSAGE; anything else may be the echo of something broken that the test has sent.
    fn complain(&self, bytes: &[u8], error: String) {
        if bytes.starts_with(b"MESSAGE ") {
            self.lock().malformed.get_or_insert(error);
            self.changed.notify_all();
        }
    }

    /// Files a request and gives the reply to send.
    fn answer_to(&self, request: SipMessage) -> Option<Vec<u8>> {
        let mut state = self.lock();
        let transaction = request.transaction();
        if let Some(earlier) = state.answered.get(&transaction).cloned() {
            state.retransmissions += 1;
            return earlier;
        }
        let reply = match (state.policy)(&request) {
            Answer::Ok => Some(request.reply(200, "OK", &self.name)),
            Answer::Code(code, reason) => Some(request.reply(code, reason, &self.name)),
            Answer::Silence => None,
        };
        state.answered.insert(transaction, reply.clone());
        if request.method() == "MESSAGE" {
            state.inbox.push_back(request);
        }
        reply
    }
}
