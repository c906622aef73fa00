//! A request in the making: a sane one by default, and every part of it can be made wrong.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use rsip::headers::UntypedHeader;
use rsip::{Domain, Header, Headers, Host, Method, Param, Request, Scheme, Transport, Uri, Version};

use crate::harness::sip::agent::Agent;
use crate::harness::sip::message::SipMessage;

/// The next CSeq; no two requests of a test run have the same, nor the same branch.
static NUMBERS: AtomicU32 = AtomicU32::new(1);

/// A request an agent is about to send.
#[must_use = "a draft is sent by send()"]
pub struct Draft<'a> {
    agent: &'a Agent,
    method: Method,
    uri: String,
    from: String,
    to: String,
    call_id: String,
    cseq: u32,
    headers: Vec<Header>,
    /// Lines that rsip would write otherwise than they are given.
    lines: Vec<String>,
    content_type: Option<String>,
    body: Vec<u8>,
    content_length: Option<String>,
}

impl<'a> Draft<'a> {
    /// A request of `agent` towards the URI `to`.
    pub(in crate::harness) fn new(agent: &'a Agent, method: Method, to: &str) -> Draft<'a> {
        let cseq = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Draft {
            agent,
            method,
            uri: to.to_owned(),
            from: format!("<{}>;tag={}-{cseq}", agent.aor(), agent.name()),
            to: format!("<{to}>"),
            call_id: format!("{}-{cseq}-{}", agent.name(), agent.address().port()),
            cseq,
            headers: Vec::new(),
            lines: Vec::new(),
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

    /// One more header line, without its line end, byte for byte. What is no `Name: value` comes behind the others.
    pub fn header(mut self, line: &str) -> Self {
        match line.split_once(": ") {
            Some((name, value)) => self.headers.push(Header::Other(name.to_owned(), value.to_owned())),
            None => self.lines.push(line.to_owned()),
        }
        self
    }

    /// A header Contact.
    pub fn contact(mut self, value: &str) -> Self {
        self.headers.push(Header::Contact(value.into()));
        self
    }

    /// A header Expires.
    pub fn expires(mut self, seconds: u32) -> Self {
        self.headers.push(Header::Expires(seconds.into()));
        self
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

    fn branch(&self) -> String {
        format!("z9hG4bK-{}", self.cseq)
    }

    /// What tells its transaction from others.
    fn transaction(&self) -> String {
        format!("{} {} {}", self.branch(), self.cseq, self.method)
    }

    /// The bytes of the request.
    pub fn bytes(&self) -> Vec<u8> {
        let mut headers: Headers = vec![
            via(self.agent.transport(), self.agent.address(), &self.branch()),
            Header::MaxForwards(70.into()),
            Header::From(self.from.as_str().into()),
            Header::To(self.to.as_str().into()),
            Header::CallId(self.call_id.as_str().into()),
            Header::CSeq(rsip::typed::CSeq { seq: self.cseq, method: self.method }.into()),
        ]
        .into();
        headers.extend(self.headers.clone());
        headers.extend(self.content_type.iter().map(|value| Header::ContentType(value.as_str().into())).collect());
        let length = self.body.len().to_string();
        let length = self.content_length.iter().map(|value| value.replace("{}", &length));
        headers.extend(length.map(|value| Header::ContentLength(value.into())).collect());
        let mut bytes = head(self.method, &self.uri, headers, &self.lines);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it, again and again over UDP as RFC 3261 says, and gives the final reply.
    #[track_caller]
    pub fn send(self) -> SipMessage {
        self.agent.expect_reply(&self.bytes(), &self.transaction())
    }

    /// Sends it once and does not wait.
    pub fn send_only(self) {
        self.agent.send_raw(&self.bytes());
    }
}

/// The start line and the headers of a request, with the empty line. A body is added by hand: rsip takes it for UTF-8.
pub(in crate::harness) fn head(method: Method, uri: &str, headers: Headers, lines: &[String]) -> Vec<u8> {
    let request = Request { method, uri: request_uri(uri), version: Version::V2, headers, body: Vec::new() };
    let text = request.to_string();
    let above_the_empty_line = text.strip_suffix("\r\n").unwrap_or(&text);
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{above_the_empty_line}{lines}\r\n").into_bytes()
}

/// A Request-URI. What rsip would write otherwise than it is given, or does not take for a URI, goes in as it is.
fn request_uri(text: &str) -> Uri {
    match Uri::try_from(text) {
        Ok(uri) if uri.to_string() == text => uri,
        _ => Uri::from(Host::Domain(Domain::from(text))),
    }
}

/// The Via header of a request that is sent from `address`.
pub(in crate::harness) fn via(transport: Transport, address: SocketAddr, branch: &str) -> Header {
    let params = vec![Param::Branch(branch.into())];
    Header::Via(rsip::typed::Via { version: Version::V2, transport, uri: address.into(), params }.into())
}

/// The SIP URI of a user.
pub(in crate::harness) fn user_uri(user: &str, at: impl Into<rsip::HostWithPort>) -> Uri {
    let auth = Some((user, None::<String>).into());
    Uri { scheme: Some(Scheme::Sip), auth, host_with_port: at.into(), ..Uri::default() }
}
