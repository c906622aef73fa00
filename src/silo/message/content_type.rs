//! The `Content-Type` of a message: kept in full, with every parameter.

use std::fmt;

use crate::silo::text::{breaks_line, unfold, Shown};

/// A checked `Content-Type` value on one line, parameters included (RFC 3261 section 20.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType(Vec<u8>);

/// Why a value is no content type.
#[derive(Debug, PartialEq, Eq)]
pub struct BadContentType {
    value: Vec<u8>,
    reason: &'static str,
}

impl ContentType {
    /// The stock table's column is this many bytes wide; a longer type is kept among the headers.
    pub const COLUMN: usize = 32;

    /// The type of a body whose sender gave none: plain text where it is UTF-8, else bytes.
    ///
    /// It is kept among the headers, with an empty column: there C sends it as it is, without its date before the body,
    /// and `compose` knows that it is a guess.
    pub fn of_untyped(body: &[u8]) -> Self {
        let guess = if std::str::from_utf8(body).is_ok() { "text/plain" } else { "application/octet-stream" };
        Self(guess.into())
    }

    /// Checks the value of a `Content-Type` header. Folded lines are joined, nothing else is changed.
    ///
    /// # Errors
    /// When there is no `type/subtype`, when it holds a wildcard, when there is more than one type, or when
    /// a byte in it would end the header line.
    pub fn parse(value: &[u8]) -> Result<Self, BadContentType> {
        let line = unfold(value);
        let bad = |reason| BadContentType { value: value.to_vec(), reason };
        if breaks_line(&line) {
            return Err(bad("it holds a line end or a NUL byte"));
        }
        let (media, parameters) = split_once(&line, b';').unwrap_or((&line, b""));
        let (kind, subtype) = split_once(media, b'/').ok_or_else(|| bad("it is not type/subtype"))?;
        for token in [kind.trim_ascii(), subtype.trim_ascii()] {
            if token.is_empty() || !token.iter().all(|&b| is_token(b)) {
                return Err(bad("type and subtype must be tokens"));
            }
            if token == b"*" {
                return Err(bad("a wildcard is no type of a body"));
            }
        }
        match outside_quotes(parameters, b',') {
            true => Err(bad("it names more than one type")),
            false => Ok(Self(line)),
        }
    }

    /// The value as it goes into the header.
    pub fn value(&self) -> &[u8] {
        &self.0
    }

    /// Whether the body is plain text, whatever its parameters.
    pub fn is_text_plain(&self) -> bool {
        let media = split_once(&self.0, b';').map_or(&self.0[..], |(media, _)| media);
        split_once(media, b'/').is_some_and(|(kind, subtype)| {
            kind.trim_ascii().eq_ignore_ascii_case(b"text") && subtype.trim_ascii().eq_ignore_ascii_case(b"plain")
        })
    }
}

impl fmt::Display for BadContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content-Type \"{}\" is not usable: {}", Shown(&self.value), self.reason)
    }
}

impl std::error::Error for BadContentType {}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let position = text.iter().position(|&b| b == at)?;
    Some((text.get(..position)?, text.get(position + 1..)?))
}

/// The characters of a token (RFC 3261 section 25.1).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// Whether `wanted` occurs outside quoted strings.
fn outside_quotes(text: &[u8], wanted: u8) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == wanted && !quoted => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_kept() {
        let value = b"multipart/mixed;boundary=\"a,b\"; charset=utf-8";
        assert_eq!(ContentType::parse(value).unwrap().value(), value);
    }

    #[test]
    fn plain_text_is_recognised_with_parameters_and_in_any_case() {
        for (value, plain) in [
            ("text/plain", true),
            ("Text / Plain ; charset=UTF-8", true),
            ("text/plain2", false),
            ("message/cpim", false),
            ("text/html; x=text/plain", false),
        ] {
            assert_eq!(ContentType::parse(value.as_bytes()).unwrap().is_text_plain(), plain, "{value}");
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for value in
            ["", "text", "text/", "/plain", "*/*", "text/*", "text/plain, text/html", "a b/c", "t/p;x\r\nVia: y"]
        {
            assert!(ContentType::parse(value.as_bytes()).is_err(), "{value}");
        }
    }

    #[test]
    fn a_folded_value_becomes_one_line() {
        let folded = ContentType::parse(b"text/plain;\r\n charset=utf-8").unwrap();
        assert_eq!(folded.value(), b"text/plain; charset=utf-8");
    }
}
