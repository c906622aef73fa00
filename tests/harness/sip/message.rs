//! A SIP message as it came from the wire: read by rsip, with the bytes beside it.
//!
//! rsip decides what is well-formed and what a message says. The bytes stay because the suite promises exact ones, and
//! rsip does not keep them: it writes known header names, reasons and `transport=` its own way, and drops white space.
//! What it cannot read at all is prepared first: folded headers are unfolded, and a head that is no UTF-8 is read with
//! replacement characters.

use std::fmt;

use rsip::headers::{ToTypedHeader, UntypedHeader};
use rsip::message::{HasHeaders, HeadersExt};
use rsip::{Header, StatusCode, Version};

/// A SIP request or reply.
#[derive(Clone)]
pub struct SipMessage {
    raw: Vec<u8>,
    start: String,
    headers: Vec<(String, String)>,
    sip: rsip::SipMessage,
}

impl SipMessage {
    /// Reads a whole message, such as a datagram. `None` if it is none.
    pub fn parse(raw: &[u8]) -> Option<SipMessage> {
        SipMessage::read(raw).ok()
    }

    /// Reads a whole message, such as a datagram, or says why it is none.
    pub fn read(raw: &[u8]) -> Result<SipMessage, String> {
        let end = head_length(raw).ok_or("no empty line ends the headers")?;
        let (head, body) = raw.split_at(end);
        let head = unfolded(&String::from_utf8_lossy(head));
        let sip = rsip::SipMessage::try_from([head.as_bytes(), body].concat()).map_err(|error| error.to_string())?;
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Ok(SipMessage { raw: raw.to_vec(), start, headers, sip })
    }

    /// What a request lacks that RFC 3261 wants in each (section 8.1.1), or what of it is malformed.
    pub(in crate::harness) fn complaint(&self) -> Result<(), String> {
        let complain = |error: rsip::Error| error.to_string();
        self.sip.via_header().and_then(|via| via.typed()).map_err(complain)?;
        self.sip.from_header().and_then(|from| from.typed()).map_err(complain)?;
        self.sip.to_header().and_then(|to| to.typed()).map_err(complain)?;
        self.sip.cseq_header().and_then(|cseq| cseq.typed()).map_err(complain)?;
        self.sip.call_id_header().map_err(complain)?;
        self.sip.max_forwards_header().map_err(complain)?;
        match self.header("Content-Length") {
            Some(length) if length != self.body().len().to_string() => {
                Err(format!("Content-Length is {length}, and the body has {} bytes", self.body().len()))
            }
            _ => Ok(()),
        }
    }

    /// The bytes as they came.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The first line.
    pub fn start_line(&self) -> &str {
        &self.start
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        self.sip.is_request()
    }

    /// The method of a request.
    pub fn method(&self) -> &str {
        self.start_word(0)
    }

    /// The Request-URI.
    pub fn uri(&self) -> &str {
        self.start_word(1)
    }

    fn start_word(&self, at: usize) -> &str {
        if self.is_request() {
            self.start.split(' ').nth(at).unwrap_or_default()
        } else {
            ""
        }
    }

    /// The status code of a reply, 0 for a request.
    pub fn code(&self) -> u16 {
        match &self.sip {
            rsip::SipMessage::Request(_) => 0,
            rsip::SipMessage::Response(reply) => reply.status_code().code(),
        }
    }

    /// Fails the test unless this is a reply with that code.
    #[track_caller]
    pub fn expect_code(self, code: u16) -> SipMessage {
        assert_eq!(self.code(), code, "the reply is {:?}", self.start);
        self
    }

    /// The value of the first header of that name; the case of the name does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The values of all headers of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    }

    /// What msilo added: the lines behind User-Agent, which is the last header that tm writes. Without Expires, which only
    /// ours adds; `standards` is about that.
    pub fn added(&self) -> Vec<String> {
        let behind = self.headers.iter().skip_while(|(name, _)| name != "User-Agent").skip(1);
        let behind = behind.filter(|(name, _)| name != "Expires");
        behind.map(|(name, value)| format!("{name}: {value}")).collect()
    }

    /// All headers in their order.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The URI between the angle brackets of a From, To or Contact header.
    pub fn address(&self, name: &str) -> &str {
        let value = self.header(name).unwrap_or_default();
        match value.split_once('<') {
            Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
            None => value.split(';').next().unwrap_or_default(),
        }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        self.sip.body()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }

    /// What tells this transaction from others: the branch of the topmost Via, and CSeq.
    pub(in crate::harness) fn transaction(&self) -> String {
        let via = self.sip.via_header().map(UntypedHeader::value).unwrap_or_default();
        let cseq = self.sip.cseq_header().map(UntypedHeader::value).unwrap_or_default();
        transaction(via, cseq)
    }

    /// The bytes of a reply to this request.
    pub(in crate::harness) fn reply(&self, code: u16, reason: &str, tag: &str) -> Vec<u8> {
        let mut headers: Vec<Header> = self.sip.headers().iter().filter_map(|header| answered(header, tag)).collect();
        headers.push(Header::ContentLength(0.into()));
        // With a reason that rsip knows, it would write its own: "TemporarilyUnavailable".
        let status_code = StatusCode::Other(code, reason.to_owned());
        let reply = rsip::Response { status_code, version: Version::V2, headers: headers.into(), body: Vec::new() };
        reply.into()
    }
}

/// What tells a transaction from others.
fn transaction(via: &str, cseq: &str) -> String {
    let via = rsip::headers::Via::from(via).typed().ok();
    let branch = via.as_ref().and_then(|via| via.branch()).map(ToString::to_string).unwrap_or_default();
    format!("{branch} {cseq}")
}

/// The same for bytes that may be deliberately broken.
pub(in crate::harness) fn transaction_of(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let value = |name: &str| text.split("\r\n").find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    transaction(value("Via: "), value("CSeq: "))
}

/// What a reply takes over from its request.
fn answered(header: &Header, tag: &str) -> Option<Header> {
    match header {
        Header::Via(_) | Header::From(_) | Header::CallId(_) | Header::CSeq(_) => Some(header.clone()),
        Header::To(to) if to.value().contains(";tag=") => Some(header.clone()),
        Header::To(to) => Some(Header::To(format!("{};tag={tag}", to.value()).into())),
        _ => None,
    }
}

impl fmt::Debug for SipMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.raw))
    }
}

/// The head with each folded header in one line (RFC 3261, section 7.3.1).
fn unfolded(head: &str) -> String {
    let mut text = String::with_capacity(head.len());
    for line in head.split_inclusive("\r\n") {
        if line.starts_with([' ', '\t']) {
            text.truncate(text.trim_end().len());
            text.push(' ');
        }
        text.push_str(if line.starts_with([' ', '\t']) { line.trim_start_matches([' ', '\t']) } else { line });
    }
    text
}

/// How many bytes of `raw` the start line and the headers take, with the empty line.
fn head_length(raw: &[u8]) -> Option<usize> {
    raw.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// How many bytes of a stream the first message in it takes, once all of it is there.
pub(in crate::harness) fn framed_length(stream: &[u8]) -> Option<usize> {
    let head = head_length(stream)?;
    let message = SipMessage::parse(&stream[..head]);
    let body = message.and_then(|it| it.header("Content-Length")?.parse::<usize>().ok()).unwrap_or(0);
    (stream.len() >= head + body).then_some(head + body)
}
