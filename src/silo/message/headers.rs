//! Headers on their way through the silo: which ones a stored message carries along, and what may go back on
//! the wire.

use super::encoded::{decoded, ENCODED};
use super::lines::{is_header_value, is_token, logical_lines, push_as_is, split_header};
use super::name::Name;
use crate::silo::text::unfold;

/// One header of a received request.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The name as it stands in the message.
    pub name: &'a [u8],
    /// The whole header, possibly folded over several lines.
    pub line: &'a [u8],
    /// Whether the server's parser knows the name (`hdr_types_t` other than `HDR_OTHER_T`).
    pub known: bool,
}

/// Headers the server knows and that belong to the message rather than to its journey: they are stored.
/// A header the server does not know is stored, too, unless [`HOP_BY_HOP`] names it.
const END_TO_END: [&str; 13] = [
    "Accept-Contact",
    "Call-Info",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "In-Reply-To",
    "Organization",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Priority",
    "Privacy",
    "Reply-To",
    "Subject",
];

/// Compact forms of Accept-Contact, Content-Encoding and Subject (RFC 3261 section 20, RFC 3841 section 9.2).
const COMPACT: [&str; 3] = ["a", "e", "s"];

/// Headers of one hop, of one transaction or of one login, `n`, `x` and `y` being compact forms: never stored.
const HOP_BY_HOP: [&str; 32] = [
    "Allow",
    "Authentication-Info",
    "Authorization",
    "Contact",
    "Expires",
    "Feature-Caps",
    "Flow-Timer",
    "Identity",
    "Identity-Info",
    "Max-Breadth",
    "Max-Forwards",
    "Min-SE",
    "n",
    "P-Access-Network-Info",
    "P-Charging-Function-Addresses",
    "P-Charging-Vector",
    "P-Visited-Network-ID",
    "Path",
    "RAck",
    "Record-Route",
    "Require",
    "Route",
    "RSeq",
    "Security-Client",
    "Security-Server",
    "Security-Verify",
    "Service-Route",
    "Session-Expires",
    "Supported",
    "Timestamp",
    "x",
    "y",
];

/// Headers the transaction module writes by itself; a second one would change what the request means.
const WRITTEN_BY_TM: [&str; 16] = [
    "Call-ID",
    "Content-Length",
    "CSeq",
    "From",
    "Max-Forwards",
    "Record-Route",
    "Route",
    "To",
    "Via",
    "i",
    "l",
    "f",
    "t",
    "v",
    "Proxy-Authorization",
    "Authorization",
];

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// The headers of a request that are stored with it, each on a line of its own that ends in CRLF.
///
/// A header whose value cannot stand on one line, or that a phone could refuse, is left out.
pub fn stored_block<'a>(headers: impl IntoIterator<Item = Header<'a>>) -> Vec<u8> {
    let mut block = Vec::new();
    for header in headers {
        if travels(&header) {
            push_as_is(&mut block, header.line);
        }
    }
    block
}

/// Whether a header is stored. Nobody but this module writes [`ENCODED`].
fn travels(header: &Header<'_>) -> bool {
    is_stored(header) && !is_one_of(header.name, &[ENCODED])
}

/// Most headers of a request are ones that the server knows, so there the shorter lists decide.
fn is_stored(header: &Header<'_>) -> bool {
    let name = header.name;
    match header.known {
        true => is_one_of(name, &END_TO_END) || is_one_of(name, &COMPACT),
        false => {
            let proxy = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"Proxy-"));
            !(proxy || is_one_of(name, &HOP_BY_HOP) || is_one_of(name, &WRITTEN_BY_TM))
        }
    }
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
    /// Whether a `Content-Encoding` says that the body is not what its type says.
    pub encoded: bool,
    /// How many lines were no header, or one that tm writes, and were left out.
    pub dropped: usize,
}

/// Reads a block of stored headers, whoever wrote it, so that it cannot end the header part of the request
/// or put a second `From`, `Via`, `Content-Length` … into it.
pub fn read_block(block: &[u8]) -> StoredHeaders {
    let mut read = StoredHeaders::default();
    for line in logical_lines(block) {
        match split_header(line) {
            Some((name, value)) if is_one_of(name, &[ENCODED]) => read.take_encoded(&decoded(value)),
            Some((name, value)) => read.take(line, name, value),
            None => read.dropped += 1,
        }
    }
    read
}

impl StoredHeaders {
    fn take(&mut self, line: &[u8], name: &[u8], value: &[u8]) {
        let value = unfold(value);
        if !is_token(name) || is_one_of(name, &WRITTEN_BY_TM) || !is_header_value(&value) {
            self.dropped += 1;
        } else if is_one_of(name, &["Content-Type", "c"]) {
            self.content_type = Some(value);
        } else {
            self.encoded |= is_one_of(name, &["Content-Encoding", "e"]);
            push_as_is(&mut self.lines, line);
        }
    }

    /// Takes a line that was encoded. It may be anything, as any other line may.
    fn take_encoded(&mut self, line: &[u8]) {
        match split_header(line) {
            Some((b"From", value)) => self.name = Name::read(value),
            Some((b"Content-Type", value)) => self.encoded_type = Some(unfold(value)),
            Some((name, value)) if !is_one_of(name, &[ENCODED]) => self.take(line, name, value),
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

    fn header(line: &str, known: bool) -> Header<'_> {
        Header { name: line.split(':').next().unwrap().as_bytes(), line: line.as_bytes(), known }
    }

    #[test]
    fn unknown_and_end_to_end_headers_are_stored() {
        let block = stored_block([
            header("X-Mood: fine\r\n", false),
            header("Subject: hello\r\n", true),
            header("s: hello\r\n", true),
            header("P-Asserted-Identity: <sip:a@b>\r\n", true),
        ]);
        assert_eq!(block, b"X-Mood: fine\r\nSubject: hello\r\ns: hello\r\nP-Asserted-Identity: <sip:a@b>\r\n");
    }

    #[test]
    fn hop_by_hop_headers_are_not_stored_even_where_the_server_does_not_know_them() {
        let block = stored_block([
            header("Via: SIP/2.0/UDP x\r\n", true),
            header("Proxy-Authorization: Digest x\r\n", true),
            header("proxy-something: x\r\n", false),
            header("Contact: <sip:a@b>\r\n", true),
            header("Route: <sip:a@b>\r\n", false),
            header("To: <sip:a@b>\r\n", true),
        ]);
        assert_eq!(block, b"");
    }

    #[test]
    fn a_header_is_stored_byte_for_byte() {
        assert_eq!(stored_block([header("x-two:  2 , 3\r\n", false)]), b"x-two:  2 , 3\r\n");
    }

    #[test]
    fn a_folded_header_is_stored_on_one_line() {
        assert_eq!(stored_block([header("X-Long: a\r\n b\r\n", false)]), b"X-Long: a b\r\n");
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
        assert!(read.encoded);
        assert_eq!(read.lines, b"Content-Encoding: gzip\r\n");
    }
}
