//! `message/cpim` (RFC 3862): a body that has headers of its own, and behind them a body of any type with its headers.
//! It is read here, never written anew: what is stored and sent of it is what came, byte for byte.

pub mod imdn;

use super::content_type::ContentType;
use super::lines::split_header;
use crate::silo::text::{has_control, unfold};

/// So many bytes are looked at in search of the end of each of the two header parts.
const LONGEST: usize = 8_192;
/// So many headers each of them may have.
const MOST: usize = 64;

/// One header of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpimHeader {
    /// The URI of the name space its name is from; empty for the names of RFC 3862 itself.
    pub space: Vec<u8>,
    /// Its name, without the prefix.
    pub name: Vec<u8>,
    /// Its value on one line, without parameters such as `;lang=fr`.
    pub value: Vec<u8>,
}

/// A message of this type, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpim<'a> {
    /// The headers of the message.
    pub headers: Vec<CpimHeader>,
    /// The headers of what is in it: names in lower case, and values.
    pub content_headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// What is in it.
    pub content: &'a [u8],
}

impl<'a> Cpim<'a> {
    /// Takes a body apart. `None` when it has no such headers, or more and longer ones than anybody writes.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        let (head, rest) = part(body)?;
        let (content_head, content) = part(rest)?;
        let lines = |head| lines(head).into_iter().filter_map(split_header).take(MOST);
        let clean = |value: &[u8]| Some(unfold(value)).filter(|value| !has_control(value));
        let content_headers = lines(content_head);
        let content_headers =
            content_headers.filter_map(|(name, value)| Some((name.trim_ascii().to_ascii_lowercase(), clean(value)?)));
        let mut spaces = Spaces::default();
        let mut headers = Vec::new();
        for (name, value) in lines(head) {
            let (name, Some(value)) = (name.trim_ascii(), clean(value)) else { continue };
            match name.eq_ignore_ascii_case(b"NS") {
                true => spaces.declare(&value),
                false => {
                    let (space, name) = spaces.resolve(name);
                    headers.push(CpimHeader { space, name, value: without_parameters(&value).to_vec() });
                }
            }
        }
        let content_headers = content_headers.collect();
        (!headers.is_empty()).then_some(Self { headers, content_headers, content })
    }

    /// The value of the first header of that name, whatever the case of its letters.
    pub fn header(&self, space: &[u8], name: &str) -> Option<&[u8]> {
        let is_it = |header: &&CpimHeader| header.space == space && header.name.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(is_it).map(|header| header.value.as_slice())
    }

    /// The value of a header of what is in it; `name` in lower case.
    pub fn content_header(&self, name: &str) -> Option<&[u8]> {
        self.content_headers.iter().find(|(have, _)| have == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// The type of what is in it.
    pub fn content_type(&self) -> Option<ContentType> {
        ContentType::parse(self.content_header("content-type")?).ok()
    }
}

/// Whether a message says nothing but that its sender is writing (RFC 3994), by itself or inside a `message/cpim`.
pub fn says_composing(content_type: &ContentType, body: &[u8]) -> bool {
    let is_it = |content_type: &ContentType| content_type.is("application", "im-iscomposing+xml");
    let inside = || Cpim::read(body).and_then(|cpim| cpim.content_type()).is_some_and(|inner| is_it(&inner));
    is_it(content_type) || content_type.is("message", "cpim") && inside()
}

/// What stands before the first empty line, and what behind it. Lines end in CRLF, or in LF alone.
fn part(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(rest) = text.strip_prefix(b"\r\n").or_else(|| text.strip_prefix(b"\n")) {
        return Some((b"", rest));
    }
    let seen = text.get(..LONGEST).unwrap_or(text);
    let end = |at: usize| match seen.get(at..)? {
        [b'\n', b'\r', b'\n', ..] => Some((at, at + 3)),
        [b'\n', b'\n', ..] => Some((at, at + 2)),
        _ => None,
    };
    let (end, next) = (0..seen.len()).find_map(end)?;
    Some((text.get(..end)?, text.get(next..)?))
}

/// The lines of a header part; one that begins with a blank continues the one before it, which RFC 3862 does not allow and
/// some write all the same.
fn lines(head: &[u8]) -> Vec<&[u8]> {
    super::lines::logical_lines(head)
}

/// The name spaces that were declared so far (RFC 3862 section 3.4), the latest first.
#[derive(Default)]
struct Spaces {
    declared: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Spaces {
    /// `prefix <uri>`, or `<uri>` for names without a prefix.
    fn declare(&mut self, value: &[u8]) {
        let parts = value.iter().position(|&byte| byte == b'<').and_then(|at| value.split_at_checked(at));
        let Some((prefix, Some(uri))) = parts.map(|(prefix, uri)| (prefix, uri.strip_prefix(b"<"))) else { return };
        let uri = uri.split(|&byte| byte == b'>').next().unwrap_or_default();
        self.declared.insert(0, (prefix.trim_ascii().to_vec(), uri.trim_ascii().to_vec()));
    }

    /// The name space of a name, and the name in it.
    fn resolve(&self, whole: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let space = |prefix: &[u8]| self.declared.iter().find(|(have, _)| have == prefix).map(|(_, uri)| uri.clone());
        let dot = whole.iter().position(|&byte| byte == b'.');
        if let Some((prefix, name)) = dot.and_then(|at| Some((whole.get(..at)?, whole.get(at + 1..)?))) {
            // The prefix that the RFC uses itself: there are phones that leave the declaration out.
            let usual = || prefix.eq_ignore_ascii_case(b"imdn").then(|| imdn::SPACE.to_vec());
            if let Some(space) = space(prefix).or_else(usual) {
                return (space, name.to_vec());
            }
        }
        (space(b"").unwrap_or_default(), whole.to_vec())
    }
}

/// A value without what stands before it, as in `Subject:;lang=fr Bonjour` (RFC 3862 section 3.1).
fn without_parameters(value: &[u8]) -> &[u8] {
    if !value.starts_with(b";") {
        return value;
    }
    let (mut quoted, mut escaped) = (false, false);
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' | b'\t' if !quoted => return value.get(at..).unwrap_or_default().trim_ascii(),
            _ => {}
        }
    }
    b""
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "From: Alice <im:alice@example.com>\r\nTo: <im:bob@example.com>\r\nSubject:;lang=fr Bonjour\r\n\
                           NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r\nMyFeatures.VitalMessageOption:\r\n 1\r\n\r\n\
                           Content-type: text/xml; charset=utf-8\r\nContent-ID: <1@x>\r\n\r\n<body/>\r\n\r\nmore";

    fn header<'c>(cpim: &'c Cpim<'_>, space: &str, name: &str) -> &'c str {
        std::str::from_utf8(cpim.header(space.as_bytes(), name).unwrap_or(b"none")).unwrap()
    }

    #[test]
    fn headers_and_content_are_told_apart() {
        for body in [MESSAGE.to_owned(), MESSAGE.replace("\r\n", "\n")] {
            let cpim = Cpim::read(body.as_bytes()).unwrap();
            assert_eq!(header(&cpim, "", "from"), "Alice <im:alice@example.com>");
            assert_eq!(header(&cpim, "", "Subject"), "Bonjour");
            assert_eq!(header(&cpim, "mid:MessageFeatures@id.foo.com", "VitalMessageOption"), "1");
            assert_eq!(cpim.content_header("content-id"), Some(&b"<1@x>"[..]));
            assert!(cpim.content_type().unwrap().is("text", "xml"));
            assert_eq!(cpim.content, &body.as_bytes()[body.find("<body/>").unwrap()..]);
        }
    }

    #[test]
    fn a_name_space_holds_from_its_declaration_on_and_the_latest_wins() {
        let body = b"a.X: 0\nNS: a <urn:one>\na.X: 1\nNS: a <urn:two>\na.X: 2\nNS: <urn:all>\nX: 3\n\n\n";
        let cpim = Cpim::read(body).unwrap();
        let all = |space: &[u8], name: &str| cpim.header(space, name).unwrap_or(b"-").to_vec();
        assert_eq!(
            [all(b"", "a.X"), all(b"urn:one", "X"), all(b"urn:two", "X"), all(b"urn:all", "X")],
            [b"0", b"1", b"2", b"3"]
        );
    }

    #[test]
    fn what_has_no_end_is_none() {
        for body in
            ["", "From: x", "From: x\r\n\r\nContent-type: text/plain\r\n", "\r\n\r\nhi", "no headers\r\n\r\n\r\nhi"]
        {
            assert_eq!(Cpim::read(body.as_bytes()), None, "{body:?}");
        }
        let long = format!("From: {}\r\n\r\n\r\nhi", "x".repeat(LONGEST));
        assert_eq!(Cpim::read(long.as_bytes()), None);
        let many = format!("{}\r\n\r\nhi", "X: y\r\n".repeat(200));
        assert_eq!(Cpim::read(many.as_bytes()).unwrap().headers.len(), MOST);
    }

    #[test]
    fn who_is_writing_is_known_in_any_wrapping() {
        let says = |content_type: &str, body: &str| {
            says_composing(&ContentType::parse(content_type.as_bytes()).unwrap(), body.as_bytes())
        };
        assert!(says("Application/im-isComposing+xml;charset=utf-8", "<isComposing/>"));
        let wrapped = |inner: &str| format!("From: <im:a@b>\r\n\r\nContent-Type: {inner}\r\n\r\n<isComposing/>");
        assert!(says("message/cpim", &wrapped("application/im-iscomposing+xml")));
        assert!(!says("message/cpim", &wrapped("text/plain")));
        assert!(!says("text/plain", &wrapped("application/im-iscomposing+xml")));
    }
}
