//! Notifications about what became of a message (RFC 5438): who asks for one, and how it is written.
//!
//! The silo stands between two phones, so it says what only it can know: `processing` with `stored`, and
//! `negative-delivery` with `failed`. That a message was delivered or read the receiver's phone says.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, SecondsFormat, Utc};

use super::Cpim;
use crate::silo::message::content_type::ContentType;
use crate::silo::message::lines::push_line;
use crate::silo::message::model::{NextHop, Outgoing};
use crate::silo::message::name::Address;
use crate::silo::text::{breaks_line, has_control};
use crate::silo::time::UnixTime;

/// The name space of the headers.
pub const SPACE: &[u8] = b"urn:ietf:params:imdn";
/// The type of a notification.
const TYPE: (&str, &str) = ("message", "imdn+xml");
/// A Message-ID that is longer than this is none.
const LONGEST_ID: usize = 255;

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// It waits in the silo.
    Stored,
    /// Its time is over, and nobody has got it.
    Failed,
}

impl Disposition {
    /// The word with which a sender asks for it (RFC 5438 section 6.2).
    fn word(self) -> &'static [u8] {
        match self {
            Self::Stored => b"processing",
            Self::Failed => b"negative-delivery",
        }
    }

    /// What it says (RFC 5438 section 11.1.9).
    fn element(self) -> &'static str {
        match self {
            Self::Stored => "<processing-notification><status><stored/></status></processing-notification>",
            Self::Failed => "<delivery-notification><status><failed/></status></delivery-notification>",
        }
    }
}

/// Whether this is a notification itself, about which there must be none (RFC 5438 section 6).
pub fn is_notification(content_type: &ContentType, body: &[u8]) -> bool {
    let is_it = |content_type: &ContentType| content_type.is(TYPE.0, TYPE.1);
    is_it(content_type)
        || content_type.is("message", "cpim")
            && Cpim::read(body).and_then(|cpim| cpim.content_type()).is_some_and(|inner| is_it(&inner))
}

/// What of a message its notification needs.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its content type, as it is stored or was sent.
    pub content_type: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
    /// Who sent it: a URI, or a name with a URI in angle brackets.
    pub from: &'a [u8],
    /// The URI it is for.
    pub to: &'a [u8],
    /// When it was stored.
    pub stored_at: UnixTime,
}

/// The notification for the sender of a message, to the URI in its From, if he asked for this one. It has no Call-ID yet.
pub fn notification(subject: Subject<'_>, what: Disposition, now: UnixTime) -> Option<Outgoing> {
    let content_type = ContentType::parse(subject.content_type).ok()?;
    if !content_type.is("message", "cpim") {
        return None;
    }
    let cpim = Cpim::read(subject.body)?;
    let asks = cpim.header(SPACE, "Disposition-Notification")?;
    let is_notification = cpim.content_type().is_some_and(|inner| inner.is(TYPE.0, TYPE.1));
    if is_notification || !asks.split(|&byte| byte == b',').any(|word| first_word(word) == what.word()) {
        return None;
    }
    let id = cpim.header(SPACE, "Message-ID").filter(|id| is_id(id))?;
    let sender = Address::read(subject.from).uri;
    if [sender, subject.to].iter().any(|uri| uri.is_empty() || breaks_line(uri)) {
        return None;
    }
    Some(Outgoing {
        request_uri: sender.to_vec(),
        to: sender.to_vec(),
        from: subject.to.to_vec(),
        headers: b"Content-Type: message/cpim\r\n".to_vec(),
        body: body(&cpim, subject, id, what, now),
        call_id: None,
        origin: None,
        next_hop: NextHop::Proxy,
    })
}

fn first_word(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Whether it can stand in a header and in a text of XML.
fn is_id(id: &[u8]) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && std::str::from_utf8(id).is_ok() && !has_control(id)
}

fn body(cpim: &Cpim<'_>, subject: Subject<'_>, id: &[u8], what: Disposition, now: UnixTime) -> Vec<u8> {
    let usable = |name: &str| cpim.header(b"", name).filter(|value| !value.is_empty());
    let bracketed = |uri: &[u8]| [b"<", uri, b">"].concat();
    let (from, to) = (usable("From").map(<[u8]>::to_vec), usable("To").map(<[u8]>::to_vec));
    let xml = xml(cpim, subject, id, what);
    let mut body = Vec::new();
    push_line(&mut body, b"From", &to.unwrap_or_else(|| bracketed(subject.to)));
    push_line(&mut body, b"To", &from.unwrap_or_else(|| bracketed(Address::read(subject.from).uri)));
    push_line(&mut body, b"DateTime", rfc_3339(now).as_bytes());
    push_line(&mut body, b"NS", b"imdn <urn:ietf:params:imdn>");
    push_line(&mut body, b"imdn.Message-ID", own_id(id, subject, what).as_bytes());
    body.extend_from_slice(b"\r\n");
    push_line(&mut body, b"Content-Type", b"message/imdn+xml");
    push_line(&mut body, b"Content-Disposition", b"notification");
    push_line(&mut body, b"Content-Length", xml.len().to_string().as_bytes());
    body.extend_from_slice(b"\r\n");
    body.extend_from_slice(&xml);
    body
}

/// The document (RFC 5438 section 11.1). Its `datetime` is that of the message, not of the notification.
fn xml(cpim: &Cpim<'_>, subject: Subject<'_>, id: &[u8], what: Disposition) -> Vec<u8> {
    let is_time = |time: &[u8]| time.len() <= 64 && time.iter().all(|byte| byte.is_ascii_graphic());
    let sent = cpim.header(b"", "DateTime").filter(|time| !time.is_empty() && is_time(time));
    let sent = sent.map_or_else(|| rfc_3339(subject.stored_at).into_bytes(), <[u8]>::to_vec);
    let mut xml =
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">".to_vec();
    for (name, text) in [("message-id", id), ("datetime", &sent)] {
        xml.extend_from_slice(format!("<{name}>").as_bytes());
        push_escaped(&mut xml, text);
        xml.extend_from_slice(format!("</{name}>").as_bytes());
    }
    xml.extend_from_slice(what.element().as_bytes());
    xml.extend_from_slice(b"</imdn>\r\n");
    xml
}

fn push_escaped(xml: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'<' => xml.extend_from_slice(b"&lt;"),
            b'>' => xml.extend_from_slice(b"&gt;"),
            b'&' => xml.extend_from_slice(b"&amp;"),
            _ => xml.push(byte),
        }
    }
}

fn rfc_3339(time: UnixTime) -> String {
    let time = DateTime::<Utc>::from_timestamp(time, 0).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The Message-ID of the notification: one for each message and what is said about it.
fn own_id(id: &[u8], subject: Subject<'_>, what: Disposition) -> String {
    let mut hasher = DefaultHasher::new();
    (id, subject.from, subject.to, subject.stored_at, what).hash(&mut hasher);
    format!("msilo-{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = 1_800_000_000;

    fn subject(body: &str) -> Subject<'_> {
        Subject {
            content_type: b"message/cpim",
            body: body.as_bytes(),
            from: b"\"Alice\" <sip:alice@example.org>",
            to: b"sip:bob@example.org",
            stored_at: NOW - 60,
        }
    }

    fn asking(words: &str) -> String {
        format!(
            "From: Alice <im:alice@example.org>\r\nTo: <im:bob@example.org>\r\nDateTime: 2027-01-15T08:00:00+01:00\r\n\
             NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: 34jk<&>324j\r\ni.Disposition-Notification: {words}\r\n\r\n\
             Content-Type: text/plain\r\n\r\nhi"
        )
    }

    #[test]
    fn who_asks_is_told_and_nobody_else() {
        let told = |words: &str, what| notification(subject(&asking(words)), what, NOW).is_some();
        assert!(told("positive-delivery, processing", Disposition::Stored));
        assert!(told("negative-delivery;x=y", Disposition::Failed));
        assert!(!told("negative-delivery", Disposition::Stored));
        assert!(!told("display, positive-delivery", Disposition::Failed));
        let plain = Subject { content_type: b"text/plain", ..subject("") };
        assert_eq!(notification(plain, Disposition::Stored, NOW), None);
    }

    #[test]
    fn it_says_what_the_rfc_says() {
        let sent = notification(subject(&asking("processing")), Disposition::Stored, NOW).unwrap();
        assert_eq!(
            (&sent.request_uri[..], &sent.from[..]),
            (&b"sip:alice@example.org"[..], &b"sip:bob@example.org"[..])
        );
        let cpim = Cpim::read(&sent.body).unwrap();
        assert_eq!(cpim.header(b"", "From"), Some(&b"<im:bob@example.org>"[..]));
        assert_eq!(cpim.header(b"", "To"), Some(&b"Alice <im:alice@example.org>"[..]));
        assert_eq!(cpim.content_header("content-disposition"), Some(&b"notification"[..]));
        assert_eq!(
            String::from_utf8_lossy(cpim.content),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">\
             <message-id>34jk&lt;&amp;&gt;324j</message-id><datetime>2027-01-15T08:00:00+01:00</datetime>\
             <processing-notification><status><stored/></status></processing-notification></imdn>\r\n"
        );
        let again = Subject { body: &sent.body, ..subject("") };
        assert_eq!(notification(again, Disposition::Failed, NOW), None, "never about a notification");
    }

    #[test]
    fn a_notification_that_asks_for_one_gets_none() {
        let body = asking("processing").replace("text/plain", "message/imdn+xml");
        assert_eq!(notification(subject(&body), Disposition::Stored, NOW), None);
        assert!(is_notification(&ContentType::parse(b"message/cpim").unwrap(), body.as_bytes()));
        assert!(is_notification(&ContentType::parse(b"Message/IMDN+xml").unwrap(), b""));
        assert!(!is_notification(&ContentType::parse(b"message/cpim").unwrap(), asking("processing").as_bytes()));
    }
}
