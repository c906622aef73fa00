//! The parameters of a content type, as phones write them and as other phones read them.

use super::lines::is_token;
use super::name::push_quoted;
use crate::silo::text::has_control;

/// What stands behind the semicolons of a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Each as `name=value`.
    pub written: Vec<Vec<u8>>,
    /// Whether that is all that stood there, in the very same form.
    pub right: bool,
}

/// A comma outside quotes and comments: what follows is another value.
#[derive(Debug, PartialEq, Eq)]
pub struct SecondValue;

/// One parameter, or what is in its place.
enum Found {
    /// It was right.
    Right(Vec<u8>),
    /// It is right now.
    Mended(Vec<u8>),
    /// It has no value or cannot be written.
    Nothing,
}

/// Reads `;name=value;name=value`. A value that is neither a token nor a quoted string is taken to be meant as it stands,
/// and quoted; comments, and what has no name, no value or no end, are left out.
///
/// # Errors
/// When there is a second value behind a comma.
pub fn parameters(mut text: &[u8]) -> Result<Parameters, SecondValue> {
    let mut all = Parameters { written: Vec::new(), right: true };
    while let Some(behind) = text.strip_prefix(b";") {
        let (found, rest) = parameter(behind)?;
        all.right &= matches!(found, Found::Right(_));
        match found {
            Found::Right(parameter) | Found::Mended(parameter) => all.written.push(parameter),
            Found::Nothing => {}
        }
        text = rest;
    }
    Ok(all)
}

/// The parameter at the beginning of a text, and the text from the next semicolon on.
fn parameter(text: &[u8]) -> Result<(Found, &[u8]), SecondValue> {
    let (name, _) = until(text, b"=;");
    let Some(value) = text.get(name.len()..).and_then(|rest| rest.strip_prefix(b"=")) else {
        let (nothing, rest) = until(text, b";");
        return one(nothing).map(|()| (Found::Nothing, rest));
    };
    let (name, value) = (name.trim_ascii(), value.trim_ascii_start());
    let (found, rest) = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted_value(name, quoted)?,
        None => plain_value(name, value)?,
    };
    Ok((if is_token(name) { found } else { Found::Nothing }, rest))
}

fn plain_value<'a>(name: &[u8], text: &'a [u8]) -> Result<(Found, &'a [u8]), SecondValue> {
    let (all, rest) = until(text, b";");
    let value = without_comment(all).trim_ascii_end();
    one(value)?;
    let found = if value.is_empty() || has_control(value) {
        Found::Nothing
    } else if !is_token(value) {
        let mut parameter = [name, b"="].concat();
        push_quoted(&mut parameter, value);
        Found::Mended(parameter)
    } else if value.len() < all.trim_ascii_end().len() {
        Found::Mended([name, b"=", value].concat())
    } else {
        Found::Right([name, b"=", value].concat())
    };
    Ok((found, rest))
}

/// Reads a quoted string behind its first quote.
fn quoted_value<'a>(name: &[u8], text: &'a [u8]) -> Result<(Found, &'a [u8]), SecondValue> {
    let (mut value, mut right, mut bytes) = (Vec::new(), true, text.iter());
    loop {
        match bytes.next() {
            Some(b'"') => break,
            Some(b'\\') => match bytes.next() {
                Some(&byte) => {
                    right &= byte.is_ascii();
                    value.push(byte);
                }
                None => return Ok((Found::Nothing, b"")),
            },
            Some(&byte) => value.push(byte),
            None => return Ok((Found::Nothing, b"")),
        }
    }
    let behind = bytes.as_slice();
    let quoted = text.get(..text.len() - behind.len()).unwrap_or_default();
    let (tail, rest) = until(behind, b";");
    one(without_comment(tail))?;
    let found = if has_control(&value) || !without_comment(tail).trim_ascii().is_empty() {
        Found::Nothing
    } else if right && tail.trim_ascii().is_empty() {
        Found::Right([name, b"=\"", quoted].concat())
    } else {
        let mut parameter = [name, b"="].concat();
        push_quoted(&mut parameter, &value);
        Found::Mended(parameter)
    };
    Ok((found, rest))
}

/// A text without the comment at its end: a bracket at its beginning or behind a blank that is closed at the end, or not at
/// all, because there was a semicolon in the comment.
pub fn without_comment(text: &[u8]) -> &[u8] {
    let begins =
        |&at: &usize| text.get(at) == Some(&b'(') && at.checked_sub(1).is_none_or(|at| text[at].is_ascii_whitespace());
    match (0..text.len()).find(begins) {
        Some(at) if text.trim_ascii_end().ends_with(b")") || !text[at..].contains(&b')') => &text[..at],
        _ => text,
    }
}

/// What stands before the first of these bytes, and what from there on.
fn until<'a>(text: &'a [u8], ends: &[u8]) -> (&'a [u8], &'a [u8]) {
    let end = text.iter().position(|byte| ends.contains(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, b""))
}

fn one(text: &[u8]) -> Result<(), SecondValue> {
    match text.contains(&b',') {
        true => Err(SecondValue),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, bool) {
        let Parameters { written, right } = parameters(text.as_bytes()).unwrap();
        (written.into_iter().map(|parameter| String::from_utf8(parameter).unwrap()).collect(), right)
    }

    #[test]
    fn what_is_right_stays_as_it_is() {
        for text in ["", "; charset = utf-8 ", r#";boundary="a;,b\"\\ (c)";x=y"#, ";name=\"é.txt\"", r#";x="\a""#] {
            assert!(read(text).1, "{text}");
        }
        assert_eq!(read(r#"; a = "x y" ;b=c"#), (vec![r#"a="x y""#.to_owned(), "b=c".to_owned()], true));
    }

    #[test]
    fn what_is_wrong_is_mended() {
        for (text, wanted) in [
            (";msgr=WAAtAE0=", r#"msgr="WAAtAE0=""#),
            (";name=é.txt", "name=\"é.txt\""),
            (";name=my file (1).txt", r#"name="my file (1).txt""#),
            (r#";name=a\b"c"#, r#"name="a\\b\"c""#),
            (r#";name="a\é""#, "name=\"aé\""),
            (";charset=utf-8 (comment)", "charset=utf-8"),
            (";charset=utf-8 (a;b)", "charset=utf-8"),
            (r#";charset="utf-8" (a, b)"#, r#"charset="utf-8""#),
        ] {
            assert_eq!(read(text), (vec![wanted.to_owned()], false), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_left_out() {
        for text in [
            ";",
            "; ;",
            ";charset",
            ";charset=",
            ";charset= (utf-8)",
            ";=utf-8",
            ";na me=x",
            ";x=\"open",
            ";x=\"open\\",
            ";x=\"a\"b",
            ";x=a\x07",
            ";x=\"a\x07\"",
        ] {
            assert_eq!(read(text), (vec![], false), "{text}");
        }
        assert_eq!(read(";charset;x=y"), (vec!["x=y".to_owned()], false));
    }

    #[test]
    fn a_comma_begins_a_second_value() {
        for text in [";x=y, text/html", ";x, text/html", ";x=\"y\", text/html"] {
            assert_eq!(parameters(text.as_bytes()), Err(SecondValue), "{text}");
        }
    }
}
