//! The `Content-Type` of a message: kept in full, with every parameter that can be written.

use std::fmt;

use super::lines::is_token;
use super::parameter::{parameters, without_comment};
use crate::silo::text::{breaks_line, has_control, unfold, Shown};

/// A `Content-Type` value on one line, parameters included, as RFC 3261 section 25.1 has it: any phone can read it.
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

    /// Reads the value of a `Content-Type` header, and mends what some phones write and others do not take: a parameter's
    /// value that is no token is quoted; comments, semicolons with nothing behind them and parameters that cannot be written
    /// are left out. Folded lines are joined. Where nothing had to be mended, nothing else is changed.
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
        let end = line.iter().position(|&byte| byte == b';').unwrap_or(line.len());
        let (whole, behind) = line.split_at_checked(end).unwrap_or((&line, b""));
        let media = without_comment(whole);
        let (kind, subtype) = split_once(media, b'/').ok_or_else(|| bad("it is not type/subtype"))?;
        let (kind, subtype) = (kind.trim_ascii(), subtype.trim_ascii());
        if !is_token(kind) || !is_token(subtype) {
            return Err(bad("type and subtype must be tokens"));
        }
        if kind == b"*" || subtype == b"*" {
            return Err(bad("a wildcard is no type of a body"));
        }
        let parameters = parameters(behind).map_err(|_| bad("it names more than one type"))?;
        if parameters.right && media.len() == whole.len() && !has_control(&line) {
            return Ok(Self(line));
        }
        let mut mended = [kind, b"/", subtype].concat();
        for parameter in &parameters.written {
            mended.push(b';');
            mended.extend_from_slice(parameter);
        }
        Ok(Self(mended))
    }

    /// The same in ASCII: without the parameters that hold anything else.
    pub fn in_ascii(&self) -> Self {
        if self.0.is_ascii() {
            return self.clone();
        }
        let mut ascii = self.split().0.trim_ascii_end().to_vec();
        for parameter in self.parameters() {
            if parameter.is_ascii() {
                ascii.push(b';');
                ascii.extend_from_slice(&parameter);
            }
        }
        Self(ascii)
    }

    /// Its parameters, each as `name=value`.
    pub fn parameters(&self) -> Vec<Vec<u8>> {
        parameters(self.split().1).map(|all| all.written).unwrap_or_default()
    }

    /// What stands before the first semicolon, and what from there on.
    fn split(&self) -> (&[u8], &[u8]) {
        let end = self.0.iter().position(|&byte| byte == b';').unwrap_or(self.0.len());
        self.0.split_at_checked(end).unwrap_or((&self.0, b""))
    }

    /// The value as it goes into the header.
    pub fn value(&self) -> &[u8] {
        &self.0
    }

    /// Whether the body is plain text, whatever its parameters.
    pub fn is_text_plain(&self) -> bool {
        self.is("text", "plain")
    }

    /// Whether the body is of this type, whatever its parameters.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        let media = split_once(&self.0, b';').map_or(&self.0[..], |(media, _)| media);
        let same = |have: &[u8], want: &str| have.trim_ascii().eq_ignore_ascii_case(want.as_bytes());
        split_once(media, b'/').is_some_and(|(have, of)| same(have, kind) && same(of, subtype))
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
    fn what_other_phones_would_not_take_is_mended() {
        for (value, wanted) in [
            ("text/plain;", "text/plain"),
            ("text/plain;charset", "text/plain"),
            ("text/plain;charset=", "text/plain"),
            ("text/plain (comment)", "text/plain"),
            ("text\u{c}/plain;\u{c}a=b", "text/plain;a=b"),
            ("text/plain; charset=utf-8 ; ", "text/plain;charset=utf-8"),
            ("text/plain;name=é.txt", "text/plain;name=\"é.txt\""),
            ("text/plain;charset=UTF-8;msgr=WAAtAE0=", "text/plain;charset=UTF-8;msgr=\"WAAtAE0=\""),
        ] {
            let mended = ContentType::parse(value.as_bytes()).unwrap();
            assert_eq!(String::from_utf8_lossy(mended.value()), wanted, "{value}");
            assert_eq!(ContentType::parse(mended.value()).unwrap(), mended);
        }
    }

    #[test]
    fn in_ascii_it_lacks_what_is_none() {
        let ascii = |value: &str| ContentType::parse(value.as_bytes()).unwrap().in_ascii();
        assert_eq!(ascii("text/plain ; a=b").value(), b"text/plain ; a=b");
        assert_eq!(ascii("text/plain; name=\"é\"; a=b").value(), b"text/plain;a=b");
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
