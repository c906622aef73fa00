//! A SIP user agent: it registers, sends messages, and answers what it gets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rsip::{Domain, Host, Method};

use crate::harness::server::Server;
use crate::harness::sip::dialogue::{Answer, Dialogue};
use crate::harness::sip::exchange::{Exchange, Way};
use crate::harness::sip::message::{transaction_of, SipMessage};
use crate::harness::sip::request::{user_uri, Draft};
use crate::harness::sip::transport::Transport;
use crate::harness::wait::DEADLINE;

/// Before the first retransmission over UDP; doubled for each further one (T1 of RFC 3261).
const FIRST_RETRANSMISSION: Duration = Duration::from_millis(500);

/// A user agent with its own socket. Its replies are sent from a thread of its own.
pub struct Agent {
    shared: Arc<Dialogue>,
    domain: String,
    server: SocketAddr,
    transport: Transport,
    address: SocketAddr,
    reader: Option<JoinHandle<()>>,
}

impl Agent {
    pub(in crate::harness) fn start(
        name: &str,
        domain: &str,
        server: SocketAddr,
        transport: Transport,
        exchange: Arc<Exchange>,
    ) -> Agent {
        let shared = Arc::new(Dialogue::new(name, exchange));
        let address = transport.address().expect("the agent's socket has an address");
        let incoming = transport.share().expect("the agent's socket can be shared");
        let outgoing = transport.share().expect("the agent's socket can be shared");
        let reader = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || incoming.listen(|bytes, peer| shared.take(bytes, peer, &outgoing)))
        };
        Agent { shared, domain: domain.to_owned(), server, transport, address, reader: Some(reader) }
    }

    /// Its user name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Its address of record.
    pub fn aor(&self) -> String {
        user_uri(self.name(), Host::Domain(Domain::from(self.domain.as_str()))).to_string()
    }

    /// The address of its socket.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URI of its socket, as it stands in Contact.
    pub fn contact(&self) -> String {
        let uri = user_uri(self.name(), self.address);
        match self.transport {
            Transport::Udp(_) => uri.to_string(),
            Transport::Tcp(_) => format!("{uri};transport=tcp"),
            // Its connection comes out of another port, and nobody listens at either.
            Transport::Tls(_) => format!("{uri};transport=tls"),
            // A browser has no address to be reached at (RFC 7118 section 5).
            Transport::Ws(_) => format!("sip:{}@{}.invalid;transport=ws", self.name(), self.name()),
        }
    }

    pub(in crate::harness) fn transport(&self) -> rsip::Transport {
        self.transport.kind()
    }

    /// A MESSAGE to a user of the same domain, or to a whole URI.
    pub fn message(&self, to: &str) -> Draft<'_> {
        let to = if to.contains(':') { to.to_owned() } else { format!("sip:{to}@{}", self.domain) };
        Draft::new(self, Method::Message, &to)
    }

    /// A REGISTER without Contact and Expires.
    pub fn registration(&self) -> Draft<'_> {
        let draft = Draft::new(self, Method::Register, &self.aor());
        draft.uri(&format!("sip:{}", self.domain))
    }

    /// Registers its contact for an hour.
    #[track_caller]
    pub fn register(&self) {
        self.registration().contact(&format!("<{}>", self.contact())).expires(3600).send().expect_code(200);
    }

    /// Registers its contact for an hour at all these servers at once.
    #[track_caller]
    pub fn register_at(&self, servers: &[Server]) {
        let draft = || self.registration().contact(&format!("<{}>", self.contact())).expires(3600);
        let drafts: Vec<_> = servers.iter().map(|server| (server.address(), draft().bytes())).collect();
        drafts.iter().for_each(|(server, request)| self.send_to(*server, request));
        let end = Instant::now() + DEADLINE;
        for (server, request) in &drafts {
            match self.await_reply(*server, request, &transaction_of(request), end) {
                Some(reply) => drop(reply.expect_code(200)),
                None => panic!("{} waited {DEADLINE:?} in vain for a reply of {server}", self.name()),
            }
        }
    }

    /// Removes its contact.
    #[track_caller]
    pub fn unregister(&self) {
        self.registration().contact(&format!("<{}>", self.contact())).expires(0).send().expect_code(200);
    }

    /// From now on every new request gets this answer.
    pub fn answer(&self, answer: Answer) {
        self.answer_with(move |_| answer.clone());
    }

    /// From now on `policy` decides for every new request.
    pub fn answer_with(&self, policy: impl FnMut(&SipMessage) -> Answer + Send + 'static) {
        self.shared.lock().policy = Box::new(policy);
    }

    /// Replies to a request that was met with silence.
    pub fn reply(&self, request: &SipMessage, code: u16, reason: &str) {
        let bytes = request.reply(code, reason, &self.shared.name);
        self.shared.lock().answered.insert(request.transaction(), Some(bytes.clone()));
        self.send_raw(&bytes);
    }

    /// The next new MESSAGE; fails the test when none comes.
    #[track_caller]
    pub fn receive(&self) -> SipMessage {
        match self.receive_within(DEADLINE) {
            Some(message) => message,
            None => panic!("{} waited {DEADLINE:?} in vain for a MESSAGE", self.name()),
        }
    }

    /// The next `count` messages in the order of their arrival.
    #[track_caller]
    pub fn receive_all(&self, count: usize) -> Vec<SipMessage> {
        (0..count).map(|_| self.receive()).collect()
    }

    /// The next new MESSAGE, if one comes in time.
    #[track_caller]
    pub fn receive_within(&self, deadline: Duration) -> Option<SipMessage> {
        let message = self.shared.wait(deadline, |state| {
            let message = state.inbox.pop_front().map(Some);
            message.or_else(|| state.malformed.is_some().then_some(None))
        });
        self.check_delivered();
        message.flatten()
    }

    /// How many messages have arrived that nobody has asked for yet.
    pub fn waiting(&self) -> usize {
        self.shared.lock().inbox.len()
    }

    /// How many times a request came again.
    pub fn retransmissions(&self) -> usize {
        self.shared.lock().retransmissions
    }

    /// Sends any bytes.
    pub fn send_raw(&self, bytes: &[u8]) {
        self.send_to(self.server, bytes);
    }

    /// Sends any bytes to another server; over UDP, else they go where the connection leads.
    fn send_to(&self, server: SocketAddr, bytes: &[u8]) {
        self.shared.exchange.record(self.name(), Way::Sent, server, bytes);
        if let Err(error) = self.transport.send(bytes, server) {
            panic!("{} cannot send: {error}", self.name());
        }
    }

    /// Sends a request and gives the final reply.
    #[track_caller]
    pub fn exchange_request(&self, bytes: &[u8]) -> SipMessage {
        self.expect_reply(bytes, &transaction_of(bytes))
    }

    /// Sends a request and gives the final reply, if one comes in time.
    pub fn try_request(&self, bytes: &[u8], deadline: Duration) -> Option<SipMessage> {
        self.request(bytes, &transaction_of(bytes), deadline)
    }

    #[track_caller]
    pub(in crate::harness) fn expect_reply(&self, bytes: &[u8], transaction: &str) -> SipMessage {
        match self.request(bytes, transaction, DEADLINE) {
            Some(reply) => reply,
            None => panic!("{} waited {DEADLINE:?} in vain for a final reply", self.name()),
        }
    }

    fn request(&self, bytes: &[u8], transaction: &str, deadline: Duration) -> Option<SipMessage> {
        let end = Instant::now() + deadline;
        self.send_raw(bytes);
        self.await_reply(self.server, bytes, transaction, end)
    }

    /// Waits for the final reply to a request that was sent, and sends it again meanwhile.
    fn await_reply(&self, server: SocketAddr, bytes: &[u8], transaction: &str, end: Instant) -> Option<SipMessage> {
        let mut pause = FIRST_RETRANSMISSION;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let turn = if matches!(self.transport, Transport::Udp(_)) { pause.min(left) } else { left };
            if let Some(reply) = self.shared.wait(turn, |state| state.replies.remove(transaction)) {
                return Some(reply);
            }
            if Instant::now() >= end {
                return None;
            }
            self.send_to(server, bytes);
            pause *= 2;
        }
    }

    /// Fails the test when something malformed was delivered.
    #[track_caller]
    fn check_delivered(&self) {
        let complaint = self.shared.lock().malformed.take();
        if let Some(complaint) = complaint {
            panic!("{} was sent malformed SIP: {complaint}", self.name());
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.transport.wake();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        if !thread::panicking() {
            self.check_delivered();
        }
    }
}
