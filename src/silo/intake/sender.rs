//! Who a message is from, and how a row holds it.

use crate::silo::message::encoded::push_encoded;
use crate::silo::message::name::{Address, Name};

/// Who a message is from.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// The address the script gave.
    Given(&'a [u8]),
    /// What the From header says.
    Header {
        /// The display name as it was written, quotes included; empty without one.
        name: &'a [u8],
        /// The URI.
        uri: &'a [u8],
    },
}

/// The column of the sender is this wide in the stock table.
const SENDER_COLUMN: usize = 255;

/// The sender as its column holds it, and as it is put into the From header later: the bare URI, or name and URI.
///
/// A name that the column could refuse, because it is too long or no ASCII, goes among the headers. Which character set
/// the column has is not asked: the C module, too, reads the row, and would send the name as no phone can read it.
pub fn stored_sender(sender: &Sender<'_>, headers: &mut Vec<u8>) -> Vec<u8> {
    let (name, uri, bare) = match *sender {
        Sender::Header { name, uri } => (Name::read(name), uri, uri),
        Sender::Given(text) => {
            let address = Address::read(text);
            (address.name, address.uri, text)
        }
    };
    let Some(name) = name else { return bare.to_vec() };
    let whole = name.before(uri);
    if name.is_ascii() && whole.len() <= SENDER_COLUMN {
        return whole;
    }
    push_encoded(headers, "From", &name.quoted());
    uri.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(sender: Sender<'_>) -> (String, String) {
        let mut headers = Vec::new();
        let column = stored_sender(&sender, &mut headers);
        (String::from_utf8(column).unwrap(), String::from_utf8(headers).unwrap())
    }

    fn named(name: &[u8]) -> (String, String) {
        stored(Sender::Header { name, uri: b"sip:a@b" })
    }

    fn only(column: &str) -> (String, String) {
        (column.to_owned(), String::new())
    }

    #[test]
    fn a_name_in_ascii_stands_before_the_uri() {
        assert_eq!(named(b""), only("sip:a@b"));
        assert_eq!(named(b"\"Alice A.\""), only("\"Alice A.\" <sip:a@b>"));
        assert_eq!(named(b"Dr. X (y)"), only("\"Dr. X (y)\" <sip:a@b>"));
        assert_eq!(named(b"\"no\x01name\""), only("sip:a@b"));
    }

    #[test]
    fn any_other_name_is_kept_among_the_headers() {
        let encoded = |name: &str| ("sip:a@b".to_owned(), format!("X-Msilo-Encoded: From: {name}\r\n"));
        assert_eq!(named("José".as_bytes()), encoded("\"Jos%C3%A9\""));
        assert_eq!(named(b"\"Jos\xe9\""), encoded("\"Jos%E9\""));
        let long = "x".repeat(300);
        assert_eq!(named(long.as_bytes()), encoded(&format!("\"{long}\"")));
    }

    #[test]
    fn what_the_script_gives_may_have_a_name_too() {
        for bare in ["sip:desk@b", "<sip:desk@b>", "sip:desk@b;x=y"] {
            assert_eq!(stored(Sender::Given(bare.as_bytes())), only(bare));
        }
        assert_eq!(stored(Sender::Given(b"Help desk <sip:a@b>")), only("\"Help desk\" <sip:a@b>"));
        assert_eq!(stored(Sender::Given("Hélp <sip:a@b>".as_bytes())).0, "sip:a@b");
    }
}
