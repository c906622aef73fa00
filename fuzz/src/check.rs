//! Properties of everything that leaves the module.

use crate::log::{set_sink, Level, Sink};
use crate::silo::message::model::Outgoing;

/// A log that insists on lines that nobody can have forged.
struct StrictLog;

impl Sink for StrictLog {
    fn enabled(&self, _: Level) -> bool {
        true
    }

    fn write(&self, _: Level, line: &str) {
        assert!(!line.chars().any(char::is_control), "a log line with a control character: {line:?}");
    }
}

/// Has every log line formatted and looked at.
pub fn watch_the_log() {
    set_sink(&StrictLog);
}

/// Fails on a text for the log that could break its line.
pub fn is_one_log_line(text: &impl std::fmt::Display) {
    StrictLog.write(Level::Error, &text.to_string());
}

/// Fails on a value with a line end or a NUL byte in it.
pub fn is_one_line(value: &[u8]) {
    assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "no clean line: {}", value.escape_ascii());
}

/// The names in a header block, lower case. Fails unless the block is made of nothing but whole header lines.
pub fn names(block: &[u8]) -> Vec<Vec<u8>> {
    let (mut names, mut rest) = (Vec::new(), block);
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n").expect("every line ends in CRLF");
        let line = &rest[..end];
        is_one_line(line);
        let colon = line.iter().position(|&byte| byte == b':').expect("every line has a colon");
        let name = line[..colon].trim_ascii_end();
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte);
        assert!(!name.is_empty() && name.iter().all(token), "no header name: {}", name.escape_ascii());
        names.push(name.to_ascii_lowercase());
        rest = &rest[end + 2..];
    }
    names
}

/// What tm writes itself: a second one would change what the request means, or where it goes.
const OF_TM: [&str; 14] = [
    "via",
    "v",
    "route",
    "record-route",
    "max-forwards",
    "content-length",
    "l",
    "from",
    "f",
    "to",
    "t",
    "call-id",
    "i",
    "cseq",
];

/// What belongs to one hop, one login or the operator: a stored message must not carry it on.
const OF_ONE_HOP: [&str; 7] =
    ["contact", "authorization", "m", "path", "service-route", "p-access-network-info", "identity"];

/// Fails on a block with a header of the transaction in it.
pub fn has_no_header_of_tm(block: &[u8]) {
    for name in names(block) {
        assert!(!OF_TM.iter().any(|known| known.as_bytes() == name), "a second {}", name.escape_ascii());
    }
}

/// Fails on a block with a header that is not for the receiver's eyes.
pub fn has_end_to_end_headers_only(block: &[u8]) {
    has_no_header_of_tm(block);
    for name in names(block) {
        let hop = name.starts_with(b"proxy-") || OF_ONE_HOP.iter().any(|known| known.as_bytes() == name);
        assert!(!hop, "{} was stored", name.escape_ascii());
    }
}

/// Fails on a request that is not what it seems: more than one line where there should be one, a header twice, a
/// body that is not the stored one behind an optional prefix.
pub fn can_be_sent(request: &Outgoing, stored_body: &[u8]) {
    [&request.request_uri, &request.to, &request.from].into_iter().for_each(|value| is_one_line(value));
    request.call_id.iter().for_each(|value| is_one_line(value));
    has_no_header_of_tm(&request.headers);
    let types = names(&request.headers).into_iter().filter(|name| name == b"content-type" || name == b"c");
    assert!(types.count() <= 1, "two content types: {}", request.headers.escape_ascii());
    assert!(request.body.ends_with(stored_body));
}
