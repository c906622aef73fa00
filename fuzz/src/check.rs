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

fn has_control(value: &[u8]) -> bool {
    value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t')
}

fn is_of_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte)
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| b" \t".contains(byte)).count();
    &text[blanks..]
}

fn without_token(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().take_while(|byte| is_of_token(byte)).count();
    (end > 0).then(|| &text[end..])
}

/// What stands behind a quoted string at the beginning of a text.
fn without_quoted_string(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', byte, rest @ ..] if byte.is_ascii() && !has_control(&[*byte]) => rest,
            [byte, rest @ ..] if *byte != b'\\' && !has_control(&[*byte]) => rest,
            _ => return None,
        }
    }
}

/// Whether a text is a media type as RFC 3261, section 25.1, has it.
pub fn is_media_type(text: &[u8]) -> bool {
    let separated = |text, separator: &[u8]| Some(without_blanks(without_blanks(text).strip_prefix(separator)?));
    let media = || without_token(separated(without_token(text)?, b"/")?);
    let parameter = |text| {
        let value = separated(without_token(separated(text, b";")?)?, b"=")?;
        without_quoted_string(value).or_else(|| without_token(value))
    };
    let Some(mut rest) = media() else { return false };
    while !rest.is_empty() {
        match parameter(rest) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

/// Fails on an address for From that is neither a URI nor a quoted string with a URI in angle brackets.
pub fn is_from(address: &[u8]) {
    if address.starts_with(b"\"") {
        let uri = without_quoted_string(address).and_then(|rest| rest.strip_prefix(b" <")?.strip_suffix(b">"));
        assert!(uri.is_some(), "no name and URI: {}", address.escape_ascii());
    }
}

/// The names in a header block, lower case. Fails unless the block is made of nothing but whole header lines.
pub fn names(block: &[u8]) -> Vec<Vec<u8>> {
    let (mut names, mut rest) = (Vec::new(), block);
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n").expect("every line ends in CRLF");
        let line = &rest[..end];
        is_one_line(line);
        assert!(!has_control(line), "a control character: {}", line.escape_ascii());
        let colon = line.iter().position(|&byte| byte == b':').expect("every line has a colon");
        let name = line[..colon].trim_ascii_end();
        assert!(!name.is_empty() && name.iter().all(is_of_token), "no header name: {}", name.escape_ascii());
        assert!(!line[colon + 1..].trim_ascii().is_empty(), "no value: {}", line.escape_ascii());
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
    is_from(&request.from);
    has_no_header_of_tm(&request.headers);
    let types = names(&request.headers).into_iter().filter(|name| name == b"content-type" || name == b"c");
    assert!(types.count() <= 1, "two content types: {}", request.headers.escape_ascii());
    assert!(request.body.ends_with(stored_body));
}

/// What is stored of the request, if it comes back, is what it was made of.
pub fn comes_back_as_stored(request: &Outgoing, stored_body: &[u8]) {
    let text = request.origin.as_ref().and_then(|origin| request.body.get(origin.prefix..));
    assert!(text.is_none_or(|text| text == stored_body));
}
