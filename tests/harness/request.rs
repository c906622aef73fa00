//! A request in the making: a sane one by default, and every part of it can be made wrong.

use std::sync::atomic::{AtomicU32, Ordering};

use super::agent::Agent;
use super::message::SipMessage;

/// The next CSeq; no two requests of a test run have the same, nor the same branch.
static NUMBERS: AtomicU32 = AtomicU32::new(1);

/// A request an agent is about to send.
#[must_use = "a draft is sent by send()"]
pub struct Draft<'a> {
    agent: &'a Agent,
    method: String,
    uri: String,
    from: String,
    to: String,
    call_id: String,
    cseq: u32,
    headers: Vec<String>,
    content_type: Option<String>,
    body: Vec<u8>,
    content_length: Option<String>,
}

impl<'a> Draft<'a> {
    /// A request of `agent` towards the URI `to`.
    pub(super) fn new(agent: &'a Agent, method: &str, to: &str) -> Draft<'a> {
        let cseq = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Draft {
            agent,
            method: method.to_owned(),
            uri: to.to_owned(),
            from: format!("<{}>;tag={}-{cseq}", agent.aor(), agent.name()),
            to: format!("<{to}>"),
            call_id: format!("{}-{cseq}-{}", agent.name(), agent.address().port()),
            cseq,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
            content_length: Some("{}".to_owned()),
        }
    }

    /// Another Request-URI.
    pub fn uri(mut self, uri: &str) -> Self {
        self.uri = uri.to_owned();
        self
    }

    /// Another value of From.
    pub fn from(mut self, value: &str) -> Self {
        self.from = value.to_owned();
        self
    }

    /// Another value of To.
    pub fn to(mut self, value: &str) -> Self {
        self.to = value.to_owned();
        self
    }

    /// Another Call-ID.
    pub fn call_id(mut self, value: &str) -> Self {
        self.call_id = value.to_owned();
        self
    }

    /// One more header line, without its line end.
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// A header Contact.
    pub fn contact(self, value: &str) -> Self {
        self.header(&format!("Contact: {value}"))
    }

    /// A header Expires.
    pub fn expires(self, seconds: u32) -> Self {
        self.header(&format!("Expires: {seconds}"))
    }

    /// A body of type text/plain.
    pub fn text(self, body: &str) -> Self {
        self.body("text/plain", body.as_bytes())
    }

    /// A body of any type.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.content_type = Some(content_type.to_owned());
        self.body = body.to_vec();
        self
    }

    /// No header Content-Type.
    pub fn no_content_type(mut self) -> Self {
        self.content_type = None;
        self
    }

    /// Another value of Content-Length, true or not.
    pub fn content_length(mut self, value: &str) -> Self {
        self.content_length = Some(value.to_owned());
        self
    }

    /// No header Content-Length.
    pub fn no_content_length(mut self) -> Self {
        self.content_length = None;
        self
    }

    fn via(&self) -> String {
        let (transport, address) = (self.agent.transport_name(), self.agent.address());
        format!("Via: SIP/2.0/{transport} {address};branch=z9hG4bK-{}", self.cseq)
    }

    /// The bytes of the request.
    pub fn bytes(&self) -> Vec<u8> {
        let mut lines = vec![
            format!("{} {} SIP/2.0", self.method, self.uri),
            self.via(),
            "Max-Forwards: 70".to_owned(),
            format!("From: {}", self.from),
            format!("To: {}", self.to),
            format!("Call-ID: {}", self.call_id),
            format!("CSeq: {} {}", self.cseq, self.method),
        ];
        lines.extend(self.headers.iter().cloned());
        lines.extend(self.content_type.iter().map(|value| format!("Content-Type: {value}")));
        let length = self.body.len().to_string();
        lines.extend(
            self.content_length.iter().map(|value| format!("Content-Length: {}", value.replace("{}", &length))),
        );
        let mut bytes = lines.join("\r\n").into_bytes();
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it, again and again over UDP as RFC 3261 says, and gives the final reply.
    #[track_caller]
    pub fn send(self) -> SipMessage {
        self.agent.exchange_request(&self.bytes())
    }

    /// Sends it once and does not wait.
    pub fn send_only(self) {
        self.agent.send_raw(&self.bytes());
    }
}
