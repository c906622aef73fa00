//! Headers on their way through the silo: how they are stored, and what may go back on the wire. Which ones, says
//! [`kept`].

pub mod kept;

use self::kept::{fate, Fate};
use super::encoded::{decoded, ENCODED};
use super::lines::{is_header_value, is_token, logical_lines, push_as_is, split_header};
use super::name::Name;
use super::plain_text::seals;
use crate::silo::text::unfold;

/// One header of a received request.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The name as it stands in the message.
    pub name: &'a [u8],
    /// The whole header, possibly folded over several lines.
    pub line: &'a [u8],
}

/// Whether the transaction module writes such a header, or it is a login: whoever put it into a row.
fn is_not_ours_to_write(name: &[u8]) -> bool {
    matches!(fate(name), Fate::Transaction | Fate::Login)
}

fn is(name: &[u8], known: &str) -> bool {
    name.eq_ignore_ascii_case(known.as_bytes())
}

/// The headers of a request that are stored with it, each on a line of its own that ends in CRLF.
///
/// A header whose value cannot stand on one line, or that a phone could refuse, is left out. Nobody but this module writes
/// [`ENCODED`].
pub fn stored_block<'a>(headers: impl IntoIterator<Item = Header<'a>>) -> Vec<u8> {
    let mut block = Vec::new();
    for header in headers {
        if fate(header.name) == Fate::Kept && !is(header.name, ENCODED) {
            push_as_is(&mut block, header.line);
        }
    }
    block
}

/// A header block as it was stored, split into headers that may be sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StoredHeaders {
    /// The clean lines, each ending in CRLF, without `Content-Type`.
    pub lines: Vec<u8>,
    /// The value of a `Content-Type` in the block: where a type too long for its column is kept.
    pub content_type: Option<Vec<u8>>,
    /// The value of an encoded `Content-Type`: where a type is kept that its column does not hold as it is.
    pub encoded_type: Option<Vec<u8>>,
    /// The name of the sender, where the column of the sender does not hold it.
    pub name: Option<Name>,
    /// Whether one of them says that nothing may be put before the body.
    pub sealed: bool,
    /// How many lines were no header, or one that tm writes, and were left out.
    pub dropped: usize,
}

/// Reads a block of stored headers, whoever wrote it, so that it cannot end the header part of the request
/// or put a second `From`, `Via`, `Content-Length` … into it.
pub fn read_block(block: &[u8]) -> StoredHeaders {
    let mut read = StoredHeaders::default();
    for line in logical_lines(block) {
        match split_header(line) {
            Some((name, value)) if is(name, ENCODED) => read.take_encoded(&decoded(value)),
            Some((name, value)) => read.take(line, name, value),
            None => read.dropped += 1,
        }
    }
    read
}

impl StoredHeaders {
    fn take(&mut self, line: &[u8], name: &[u8], value: &[u8]) {
        let value = unfold(value);
        if !is_token(name) || is_not_ours_to_write(name) || !is_header_value(&value) {
            self.dropped += 1;
        } else if is(name, "Content-Type") || is(name, "c") {
            self.content_type = Some(value);
        } else if is(name, "Expires") {
            // It was true of the request that was stored; what is sent has its own.
        } else {
            self.sealed |= seals(name, &value);
            push_as_is(&mut self.lines, line);
        }
    }

    /// Takes a line that was encoded. It may be anything, as any other line may.
    fn take_encoded(&mut self, line: &[u8]) {
        match split_header(line) {
            Some((b"From", value)) => self.name = Name::read(value),
            Some((b"Content-Type", value)) => self.encoded_type = Some(unfold(value)),
            Some((name, value)) if !is(name, ENCODED) => self.take(line, name, value),
            _ => self.dropped += 1,
        }
    }
}

/// The lines of a block that the administrator wrote, each made a clean header line that ends in CRLF; what is
/// no header line is left out. A missing line end, or a value with one in it, cannot break the request.
pub fn tidy(block: &[u8]) -> Vec<u8> {
    let mut tidied = Vec::with_capacity(block.len());
    for line in logical_lines(block) {
        push_as_is(&mut tidied, line);
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Header<'_> {
        Header { name: line.split(':').next().unwrap().as_bytes(), line: line.as_bytes() }
    }

    #[test]
    fn headers_of_the_message_are_stored() {
        let block = stored_block([
            header("X-Mood: fine\r\n"),
            header("Subject: hello\r\n"),
            header("s: hello\r\n"),
            header("P-Asserted-Identity: <sip:a@b>\r\n"),
        ]);
        assert_eq!(block, b"X-Mood: fine\r\nSubject: hello\r\ns: hello\r\nP-Asserted-Identity: <sip:a@b>\r\n");
    }

    #[test]
    fn headers_of_the_old_request_are_not_stored() {
        let block = stored_block([
            header("Via: SIP/2.0/UDP x\r\n"),
            header("Proxy-Authorization: Digest x\r\n"),
            header("proxy-something: x\r\n"),
            header("Contact: <sip:a@b>\r\n"),
            header("Route: <sip:a@b>\r\n"),
            header("To: <sip:a@b>\r\n"),
        ]);
        assert_eq!(block, b"");
    }

    #[test]
    fn a_header_is_stored_byte_for_byte() {
        assert_eq!(stored_block([header("x-two:  2 , 3\r\n")]), b"x-two:  2 , 3\r\n");
    }

    #[test]
    fn a_folded_header_is_stored_on_one_line() {
        assert_eq!(stored_block([header("X-Long: a\r\n b\r\n")]), b"X-Long: a b\r\n");
    }

    #[test]
    fn a_block_cannot_smuggle_in_a_header_of_the_transaction() {
        let read = read_block(b"X-A: 1\r\nContent-Length: 0\r\n\r\nVia: SIP/2.0/UDP evil\r\nno header\r\nX-B: 2");
        assert_eq!(read.lines, b"X-A: 1\r\nX-B: 2\r\n");
        assert_eq!(read.dropped, 3);
    }

    #[test]
    fn a_block_of_the_administrator_is_made_of_whole_lines() {
        assert_eq!(tidy(b"X-A: 1\r\nRoute: <sip:x;lr>"), b"X-A: 1\r\nRoute: <sip:x;lr>\r\n");
        assert_eq!(tidy(b"X-A: 1\r\n\r\nno header\r\n"), b"X-A: 1\r\n");
    }

    #[test]
    fn a_block_hands_over_the_long_content_type() {
        let read = read_block(b"Content-Type: a/b; c=d\r\nContent-Encoding: gzip\r\n");
        assert_eq!(read.content_type.as_deref(), Some(&b"a/b; c=d"[..]));
        assert!(read.sealed);
        assert_eq!(read.lines, b"Content-Encoding: gzip\r\n");
    }
}
