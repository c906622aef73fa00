//! Display names, as they stand before a URI in From: read as people and phones write them, and written as RFC 3261,
//! section 25.1, has them.

use crate::silo::text::{has_control, unfold};

/// The name of a sender: what is meant, without quotes and escapes. It is never empty and holds no control character
/// but tabs. Its bytes need not be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Vec<u8>);

impl Name {
    /// Reads a name with or without quotes: outside of them every character means itself, inside a backslash is taken
    /// off the one behind it. `None` where there is no name, or one that cannot be written: quotes that do not end, control
    /// characters.
    pub fn read(written: &[u8]) -> Option<Self> {
        let written = unfold(written);
        let (mut name, mut quoted, mut bytes) = (Vec::with_capacity(written.len()), false, written.iter());
        while let Some(&byte) = bytes.next() {
            match byte {
                b'"' => quoted = !quoted,
                b'\\' if quoted => name.push(*bytes.next()?),
                _ => name.push(byte),
            }
        }
        let blank = name.iter().all(u8::is_ascii_whitespace);
        (!quoted && !blank && !has_control(&name)).then_some(Self(name))
    }

    /// The name as a quoted string, which any name can be.
    pub fn quoted(&self) -> Vec<u8> {
        let mut quoted = Vec::with_capacity(self.0.len() + 2);
        push_quoted(&mut quoted, &self.0);
        quoted
    }

    /// Whether it needs no character set but ASCII.
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// `"name" <uri>`
    pub fn before(&self, uri: &[u8]) -> Vec<u8> {
        [&self.quoted()[..], b" <", uri, b">"].concat()
    }
}

/// Appends a text as a quoted string. The text must hold no control character but tabs.
pub fn push_quoted(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            line.push(b'\\');
        }
        line.push(byte);
    }
    line.push(b'"');
}

/// An address as a row holds it: a URI, or a name with a URI in angle brackets.
#[derive(Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The name, if there is one that can be written.
    pub name: Option<Name>,
    /// The URI; the whole text where it has no angle brackets.
    pub uri: &'a [u8],
}

impl<'a> Address<'a> {
    /// Takes an address apart. What stands behind the angle brackets is no part of it.
    pub fn read(text: &'a [u8]) -> Self {
        let text = text.trim_ascii();
        let parts = bracket(text).and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)));
        match parts {
            None => Self { name: None, uri: text },
            Some((name, rest)) => {
                let uri = rest.split(|&byte| byte == b'>').next().unwrap_or_default();
                Self { name: Name::read(name), uri: uri.trim_ascii() }
            }
        }
    }
}

/// Where the bracket before the URI is: the first one outside quotes; where the quotes do not end, the first of all.
fn bracket(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => return Some(at),
            _ => {}
        }
    }
    text.iter().position(|&byte| byte == b'<').filter(|_| quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(written: &[u8]) -> Option<String> {
        Name::read(written).map(|name| name.quoted().escape_ascii().to_string().replace("\\\"", "\""))
    }

    #[test]
    fn a_name_that_is_a_quoted_string_stays_as_it_is() {
        for name in [r#""Alice A.""#, r#""say \"hi\"""#, r#""back\\slash""#, "\"Jos\u{e9} \u{1f600}\"", r#"" a ""#] {
            let written = Name::read(name.as_bytes()).unwrap().quoted();
            assert_eq!(String::from_utf8(written).unwrap(), name);
        }
        assert_eq!(Name::read(b"\"Jos\xe9\"").unwrap().quoted(), b"\"Jos\xe9\"");
    }

    #[test]
    fn any_other_name_becomes_one() {
        for (name, wanted) in [
            ("Alice", r#""Alice""#),
            ("Dr. X (y)", r#""Dr. X (y)""#),
            ("a, b", r#""a, b""#),
            ("Alice@work", r#""Alice@work""#),
            ("A:B", r#""A:B""#),
            ("Alice [home]", r#""Alice [home]""#),
            (r#""Al\ice""#, r#""Alice""#),
            (r#""A" B"#, r#""A B""#),
        ] {
            assert_eq!(quoted(name.as_bytes()).as_deref(), Some(wanted));
        }
        assert_eq!(Name::read("\"Jos\\\u{e9}\"".as_bytes()).unwrap().quoted(), "\"Jos\u{e9}\"".as_bytes());
        assert_eq!(Name::read("José".as_bytes()).unwrap().quoted(), "\"José\"".as_bytes());
        assert_eq!(Name::read(b"a\\b").unwrap().quoted(), br#""a\\b""#);
    }

    #[test]
    fn what_cannot_be_written_is_no_name() {
        for name in
            [&b""[..], b"  ", b"\"\"", b"\" \"", b"\"open", b"\"open\\", b"\"a\x01b\"", b"a\x7f", b"a\0", b"a\r\nb"]
        {
            assert_eq!(Name::read(name), None, "{}", name.escape_ascii());
        }
        assert_eq!(Name::read(b"\"folded\r\n name\"").unwrap().quoted(), b"\"folded name\"");
    }

    #[test]
    fn an_address_is_taken_apart_whatever_its_name_holds() {
        let read = |text| {
            let Address { name, uri } = Address::read(text);
            (name.map(|name| name.quoted()), uri)
        };
        assert_eq!(read(b"sip:a@b"), (None, &b"sip:a@b"[..]));
        assert_eq!(read(b"<sip:a@b>"), (None, &b"sip:a@b"[..]));
        assert_eq!(read(b"\"x <y> \\\" <\" <sip:a@b>;z"), (Some(b"\"x <y> \\\" <\"".to_vec()), &b"sip:a@b"[..]));
        assert_eq!(read(b"Dr. \"X <sip:a@b>"), (None, &b"sip:a@b"[..]));
        assert_eq!(read(b"A <sip:a@b"), (Some(b"\"A\"".to_vec()), &b"sip:a@b"[..]));
    }
}
