//! A SIP message as it stood on the wire.
//!
//! The suite promises exact bytes (header order, bodies that are no UTF-8), so nothing here normalises anything; that
//! is why it is not one of the SIP crates, which write a message anew.

use std::fmt;

/// A SIP request or reply: start line, headers in their order, body.
#[derive(Clone)]
pub struct SipMessage {
    raw: Vec<u8>,
    start: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl SipMessage {
    /// Reads a whole message, such as a datagram. `None` if it is none.
    pub fn parse(raw: &[u8]) -> Option<SipMessage> {
        let end = head_length(raw)?;
        let head = String::from_utf8_lossy(raw.get(..end)?).into_owned();
        let mut lines = head.split("\r\n");
        let start = lines.next().filter(|line| line.contains("SIP/2.0"))?.to_owned();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => {
                    let (name, value) = line.split_once(':')?;
                    headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        Some(SipMessage { raw: raw.to_vec(), start, headers, body: raw.get(end..)?.to_vec() })
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
        !self.start.starts_with("SIP/2.0 ")
    }

    /// The method of a request.
    pub fn method(&self) -> &str {
        if self.is_request() {
            self.start.split(' ').next().unwrap_or_default()
        } else {
            ""
        }
    }

    /// The Request-URI.
    pub fn uri(&self) -> &str {
        if self.is_request() {
            self.start.split(' ').nth(1).unwrap_or_default()
        } else {
            ""
        }
    }

    /// The status code of a reply, 0 for a request.
    pub fn code(&self) -> u16 {
        if self.is_request() {
            return 0;
        }
        self.start.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
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

    /// What msilo added: the lines behind User-Agent, which is the last header that tm writes.
    pub fn added(&self) -> Vec<String> {
        let behind = self.headers.iter().skip_while(|(name, _)| name != "User-Agent").skip(1);
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
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What tells this transaction from others: the branch of the topmost Via, and the method for a request.
    pub(super) fn transaction(&self) -> String {
        let via = self.header("Via").unwrap_or_default().split(',').next().unwrap_or_default();
        let parameter = via.split(';').find_map(|part| part.trim().strip_prefix("branch="));
        let cseq = self.header("CSeq").unwrap_or_default();
        format!("{} {cseq}", parameter.unwrap_or_default())
    }

    /// The bytes of a reply to this request.
    pub(super) fn reply(&self, code: u16, reason: &str, tag: &str) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {code} {reason}\r\n");
        for (name, value) in &self.headers {
            match name.to_ascii_lowercase().as_str() {
                "via" | "from" | "call-id" | "cseq" => text.push_str(&format!("{name}: {value}\r\n")),
                "to" if value.contains(";tag=") => text.push_str(&format!("To: {value}\r\n")),
                "to" => text.push_str(&format!("To: {value};tag={tag}\r\n")),
                _ => {}
            }
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        text.into_bytes()
    }
}

impl fmt::Debug for SipMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.raw))
    }
}

/// How many bytes of `raw` the start line and the headers take, with the empty line.
fn head_length(raw: &[u8]) -> Option<usize> {
    raw.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// How many bytes of a stream the first message in it takes, once all of it is there.
pub(super) fn framed_length(stream: &[u8]) -> Option<usize> {
    let head = head_length(stream)?;
    let message = SipMessage::parse(&stream[..head]);
    let body = message.and_then(|it| it.header("Content-Length")?.parse::<usize>().ok()).unwrap_or(0);
    (stream.len() >= head + body).then_some(head + body)
}
