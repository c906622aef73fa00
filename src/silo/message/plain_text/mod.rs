//! Whether something may be put before a body: only before a text that stays what it is behind it.
//!
//! What is not known to be harmless counts as harmful: without the prefix a message lacks a date, which its header
//! Date has, too; with it an encoded, signed or UTF-16 text cannot be read any more.

mod charset;

use self::charset::Charset;
use super::content_type::ContentType;

/// What stands at the very begin of a text that something else than eyes will read: byte order marks (UTF-16 in both
/// orders, UTF-8), armours of OpenPGP, PEM and S/MIME, Off-the-Record messages, XML declarations, vCards and calendars.
const MARKS: [&[u8]; 9] = [
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"-----BEGIN ",
    b"?OTR",
    b"<?xml ",
    b"BEGIN:VCARD",
    b"BEGIN:VCALENDAR",
    b"BEGIN:VNOTE",
];

/// Names of headers that a text may have of its own: those of MIME, where they do not begin with `Content-`, and CPIM.
const INNER_HEADERS: [&str; 5] = ["MIME-Version", "From", "DateTime", "Subject", "NS"];

/// Parameters that say that a text is signed or encrypted.
const SEALS: [&str; 4] = ["micalg", "protocol", "smime-type", "x-action"];

/// Whether `prefix` may be put before this body, which no header seals (see [`seals`]).
pub fn takes(prefix: &str, content: &ContentType, body: &[u8]) -> bool {
    let mut charset = Charset::Utf8;
    for parameter in content.parameters() {
        let end = parameter.iter().position(|&byte| byte == b'=').unwrap_or(parameter.len());
        let (name, value) = parameter.split_at_checked(end).unwrap_or((&parameter, b""));
        // RFC 2231 has names like `charset*`.
        match name.split(|&byte| byte == b'*').next().unwrap_or(name) {
            name if is(name, "charset") => charset = charset.and(Charset::read(value.get(1..).unwrap_or_default())),
            name if SEALS.iter().any(|seal| is(name, seal)) => return false,
            _ => {}
        }
    }
    let readable = match charset {
        Charset::Utf8 => prefix.is_ascii() || std::str::from_utf8(body).is_ok(),
        Charset::ContainsAscii => prefix.is_ascii(),
        Charset::Other => false,
    };
    content.is_text_plain() && readable && !is_structured(body)
}

/// Whether a header says that the body is not the text that its type says, or must not be any other: it is encoded,
/// a file, or somebody has its digest.
pub fn seals(name: &[u8], value: &[u8]) -> bool {
    let end = value.trim_ascii_start().iter().position(|byte| b" \t\r\n;(".contains(byte));
    let word = value.trim_ascii_start();
    let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
    let is_none_of = |words: &[&str]| !words.iter().any(|known| is(word, known));
    match name {
        _ if is(name, "Content-Encoding") || is(name, "e") => is_none_of(&["identity"]),
        _ if is(name, "Content-Transfer-Encoding") => is_none_of(&["7bit", "8bit", "binary"]),
        _ if is(name, "Content-Disposition") => is_none_of(&["render", "inline"]),
        _ => ["Content-MD5", "Content-Digest", "Repr-Digest", "Digest"].iter().any(|digest| is(name, digest)),
    }
}

fn is(name: &[u8], known: &str) -> bool {
    name.eq_ignore_ascii_case(known.as_bytes())
}

/// Whether the body means something by what it begins with, or has a byte that no text has.
fn is_structured(body: &[u8]) -> bool {
    MARKS.iter().any(|mark| body.starts_with(mark)) || begins_with_headers(body) || body.contains(&0)
}

/// Whether it begins with a block of headers of its own, one of them of MIME or CPIM, and an empty line.
fn begins_with_headers(body: &[u8]) -> bool {
    let mut known = false;
    for line in body.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return known;
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(0);
        let name = line.get(..colon).unwrap_or_default();
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        match name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
            true if !name.is_empty() => {
                let of_content = name.get(..8).is_some_and(|start| is(start, "Content-"));
                known |= of_content || INNER_HEADERS.iter().any(|inner| is(name, inner));
            }
            _ if folded && known => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "[Offline message - Thu Jan  1 20:15:00 2026] ";

    fn before(prefix: &str, content: &str, body: &[u8]) -> bool {
        takes(prefix, &ContentType::parse(content.as_bytes()).unwrap(), body)
    }

    #[test]
    fn every_mention_of_a_charset_counts() {
        assert!(before(PREFIX, "text/plain;charset=utf-8;charset=iso-8859-1", b"x"));
        assert!(!before(PREFIX, "text/plain;charset=utf-16;charset=utf-8", b"x"));
        assert!(!before(PREFIX, "text/plain; CharSet*=us-ascii'en'utf-16", b"x"));
        assert!(before(PREFIX, "text/plain;note=\"a;charset=utf-16\"", b"x"));
    }

    #[test]
    fn a_signed_text_has_none_and_a_flowed_one_has() {
        assert!(!before(PREFIX, "text/plain; x-action=pgp-signed", b"x"));
        assert!(!before(PREFIX, "text/plain; micalg=sha-256", b"x"));
        assert!(before(PREFIX, "text/plain; format=flowed; delsp=yes", b"x"));
    }

    #[test]
    fn a_prefix_that_is_no_ascii_needs_utf_8() {
        let prefix = "(uloženo 1.1.) ";
        assert!(before(prefix, "text/plain", "kůň".as_bytes()));
        assert!(!before(prefix, "text/plain", b"k\xf9\xf2"));
        assert!(!before(prefix, "text/plain;charset=iso-8859-2", b"k\xf9\xf2"));
        assert!(before(PREFIX, "text/plain", b"k\xf9\xf2"));
    }

    #[test]
    fn what_begins_with_something_stays_so() {
        let structured: [&[u8]; 9] = [
            b"\xef\xbb\xbfhello",
            b"\xff\xfeh\0",
            b"h\0i\0",
            b"-----BEGIN PGP SIGNED MESSAGE-----\n",
            b"?OTR:AAMC",
            b"BEGIN:VCARD\r\n",
            b"Content-Type: text/html\n\n<p>",
            b"From: <im:a@b>\r\nTo: <im:c@d>\r\n e\r\nDateTime: x\r\n\r\nhi",
            b"X: 1\r\nmime-version: 1.0\r\n\r\n",
        ];
        for body in structured {
            assert!(!before(PREFIX, "text/plain", body), "{}", body.escape_ascii());
        }
        let plain: [&[u8]; 8] = [
            b"",
            b"\r\n",
            b"hello",
            b"Note: milk\r\n\r\nbye",
            b"From: me",
            b"From me: hi\n\n",
            b" From: me\r\n\r\n",
            b"a\r\nContent-Type: b\r\n\r\n",
        ];
        for body in plain {
            assert!(before(PREFIX, "text/plain", body), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn a_header_can_seal_a_body() {
        for (name, value, expected) in [
            ("content-encoding", "gzip", true),
            ("e", " identity", false),
            ("Content-Transfer-Encoding", " 7BIT (plain)", false),
            ("Content-Transfer-Encoding", "binary\r\n", false),
            ("Content-Transfer-Encoding", "x-uuencode", true),
            ("Content-Transfer-Encoding", "", true),
            ("Content-Disposition", "render;handling=optional", false),
            ("Content-Disposition", "attachment;filename=\"inline\"", true),
            ("Content-MD5", "x", true),
            ("Subject", "base64", false),
        ] {
            assert_eq!(seals(name.as_bytes(), value.as_bytes()), expected, "{name}: {value}");
        }
    }
}
