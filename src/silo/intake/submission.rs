//! Taking a message in: everything `m_store()` decides before a row is written.

use std::fmt;

use crate::silo::config::settings::Config;
use crate::silo::message::aor::{Aor, NoAor};
use crate::silo::message::content_type::{BadContentType, ContentType};
use crate::silo::message::headers::{push_line, read_block, stored_block, Header};
use crate::silo::message::model::NewMessage;
use crate::silo::text::{breaks_line, unfold, Shown};
use crate::silo::time::{parse_stamp, UnixTime};
use crate::{lm_dbg, lm_err};

/// A URI with the two parts that make it an address of record.
#[derive(Clone, Copy, Debug)]
pub struct SipUri<'a> {
    /// The whole URI.
    pub text: &'a [u8],
    /// Its user part; empty when it has none.
    pub user: &'a [u8],
    /// Its host part; empty when it has none.
    pub host: &'a [u8],
}

impl SipUri<'_> {
    fn aor(&self) -> Result<Aor, NoAor> {
        Aor::new(self.user, self.host)
    }
}

/// Where the owner of the inbox is taken from.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'a> {
    /// The script named it.
    Given(SipUri<'a>),
    /// The Request-URI, or the To URI where the Request-URI is no address of record.
    RequestUri {
        /// The current Request-URI, if it is a URI at all.
        request: Option<SipUri<'a>>,
        /// The URI of the To header, if it is a URI at all.
        to: Option<SipUri<'a>>,
    },
}

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

/// What `m_store()` was given: the request and what the script said about it.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Whose inbox.
    pub owner: Owner<'a>,
    /// The sender.
    pub from: Sender<'a>,
    /// The destination: the address the script gave, else that of the To header.
    pub to: &'a [u8],
    /// The body as it arrived.
    pub body: &'a [u8],
    /// The value of the Content-Type header.
    pub content_type: Option<&'a [u8]>,
    /// The value of the Expires header.
    pub expires: Option<&'a [u8]>,
    /// The value of the Call-ID header.
    pub call_id: &'a [u8],
    /// All headers of the request.
    pub headers: &'a [Header<'a>],
    /// What the AVP of `extra_hdrs_avp` holds: used instead of the headers of the request.
    pub extra_headers: Option<&'a [u8]>,
    /// What the AVP of `snd_time_avp` holds.
    pub send_time: Option<&'a [u8]>,
}

/// What is to be done with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Intake {
    /// Write this row.
    Store(Box<NewMessage>),
    /// Nothing: its `Expires: 0` says that it is over already (RFC 3428 section 7).
    AlreadyOver,
}

/// Why a message is not stored.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The URI the script gave names no inbox.
    Owner(Vec<u8>, NoAor),
    /// Neither the Request-URI nor the To URI names an inbox.
    NoOwner,
    /// Its Content-Type is none.
    ContentType(BadContentType),
    /// This address would break the header it is sent in.
    BreaksLine(&'static str, Vec<u8>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(uri, reason) => write!(f, "owner \"{}\" is no address of record: {reason}", Shown(uri)),
            Self::NoOwner => f.write_str("neither the Request-URI nor the To URI is an address of record"),
            Self::ContentType(bad) => bad.fmt(f),
            Self::BreaksLine(what, value) => {
                write!(f, "the {what} address \"{}\" holds a line end or a NUL byte", Shown(value))
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// The column of the sender is this wide in the stock table.
const SENDER_COLUMN: usize = 255;

/// Decides what to do with a message that came in at `now`.
///
/// # Errors
/// When the message cannot be stored, with the reason for the log.
pub fn take_in(submission: &Submission<'_>, config: &Config, now: UnixTime) -> Result<Intake, Refusal> {
    let owner = owner(&submission.owner)?;
    let (content_type, typed) = content_type(submission)?;
    let Some(lifetime) = lifetime(submission.expires, config.expire_time) else {
        return Ok(Intake::AlreadyOver);
    };
    let (from, to) = (sender(&submission.from), submission.to.to_vec());
    if let Some((what, value)) = [("sender's", &from), ("destination", &to)].into_iter().find(|(_, v)| breaks_line(v)) {
        return Err(Refusal::BreaksLine(what, value.clone()));
    }
    let due_at = due_at(submission.send_time, config);
    let mut headers = headers(submission);
    let mut type_column = content_type.value().to_vec();
    if !typed || type_column.len() > ContentType::COLUMN {
        push_line(&mut headers, b"Content-Type", &type_column);
        type_column.clear();
    }
    Ok(Intake::Store(Box::new(NewMessage {
        owner,
        from,
        to,
        content_type: type_column,
        body: submission.body.to_vec(),
        headers,
        call_id: if config.keep_call_id { submission.call_id.to_vec() } else { Vec::new() },
        stored_at: now,
        // A reminder lives as long after its moment as an ordinary message does after it came in.
        expires_at: now.max(due_at).saturating_add(lifetime),
        due_at,
    })))
}

fn owner(owner: &Owner<'_>) -> Result<Aor, Refusal> {
    match owner {
        Owner::Given(uri) => uri.aor().map_err(|reason| Refusal::Owner(uri.text.to_vec(), reason)),
        Owner::RequestUri { request, to } => {
            let aors = [request, to].into_iter().flatten().map(SipUri::aor);
            aors.filter_map(Result::ok).next().ok_or(Refusal::NoOwner)
        }
    }
}

/// The type of the body, and whether it is its sender who says so.
fn content_type(submission: &Submission<'_>) -> Result<(ContentType, bool), Refusal> {
    match submission.content_type.filter(|value| !value.trim_ascii().is_empty()) {
        Some(value) => Ok((ContentType::parse(value).map_err(Refusal::ContentType)?, true)),
        None => {
            let guess = ContentType::of_untyped(submission.body);
            lm_dbg!("the message has no Content-Type: stored as {}", Shown(guess.value()));
            Ok((guess, false))
        }
    }
}

/// The sender as it is stored, and later put into the From header: the URI, or name and URI where there is a name
/// that fits the column with it.
fn sender(sender: &Sender<'_>) -> Vec<u8> {
    let (name, uri) = match *sender {
        Sender::Given(uri) => return uri.to_vec(),
        Sender::Header { name, uri } => (unfold(name), uri),
    };
    let length = name.len() + uri.len() + " <>".len();
    match name.is_empty() || breaks_line(&name) || length > SENDER_COLUMN {
        true => uri.to_vec(),
        false => [&name[..], b" <", uri, b">"].concat(),
    }
}

/// Seconds that a message is kept: what its sender asks for, at most what the administrator allows.
/// `None` when the sender says that it is over already.
fn lifetime(expires: Option<&[u8]>, longest: i64) -> Option<i64> {
    let digits =
        expires.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty() && value.iter().all(u8::is_ascii_digit));
    match digits {
        None => Some(longest),
        Some(digits) => {
            let asked = digits.iter().fold(0_i64, |sum, d| sum.saturating_mul(10).saturating_add(i64::from(d - b'0')));
            (asked > 0).then(|| asked.min(longest))
        }
    }
}

/// When to send the message as a reminder; 0 when it is an ordinary message.
fn due_at(send_time: Option<&[u8]>, config: &Config) -> UnixTime {
    let Some(stamp) = send_time else { return 0 };
    if config.reminders.is_none() {
        lm_dbg!("snd_time_avp is set to \"{}\" but reminders are off: ordinary message", Shown(stamp));
        return 0;
    }
    parse_stamp(stamp, &chrono::Local).unwrap_or_else(|error| {
        lm_err!("snd_time_avp: {error}; stored as an ordinary message");
        0
    })
}

fn headers(submission: &Submission<'_>) -> Vec<u8> {
    match submission.extra_headers {
        None => stored_block(submission.headers.iter().copied()),
        Some(given) => {
            let read = read_block(given);
            if read.dropped > 0 {
                lm_err!(
                    "extra_hdrs_avp: {} line(s) of \"{}\" are no headers that can be stored",
                    read.dropped,
                    Shown(given)
                );
            }
            read.lines
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::config::settings::Reminders;

    const NOW: UnixTime = 1_800_000_000;
    const BOB: SipUri<'_> = SipUri { text: b"sip:bob@Example.org", user: b"bob", host: b"Example.org" };
    const NOBODY: SipUri<'_> = SipUri { text: b"sip:10.0.0.1:5060", user: b"", host: b"10.0.0.1" };

    fn submission() -> Submission<'static> {
        Submission {
            owner: Owner::Given(BOB),
            from: Sender::Header { name: b"", uri: b"sip:alice@example.org" },
            to: b"sip:bob@example.org",
            body: b"hi",
            content_type: Some(b"text/plain"),
            expires: None,
            call_id: b"id@host",
            headers: &[],
            extra_headers: None,
            send_time: None,
        }
    }

    fn with_reminders() -> Config {
        let from = b"sip:registrar@example.org".to_vec();
        Config { reminders: Some(Reminders { from, every: 60 }), ..Config::default() }
    }

    fn stored(submission: Submission<'_>, config: &Config) -> NewMessage {
        match take_in(&submission, config, NOW) {
            Ok(Intake::Store(message)) => *message,
            other => panic!("not stored: {other:?}"),
        }
    }

    #[test]
    fn a_message_is_stored_for_the_configured_time() {
        let message = stored(submission(), &Config { expire_time: 1000, ..Config::default() });
        assert_eq!((message.stored_at, message.expires_at, message.due_at), (NOW, NOW + 1000, 0));
        assert_eq!(message.owner.to_string(), "bob@example.org");
    }

    #[test]
    fn the_sender_may_ask_for_less_and_not_for_more() {
        let config = Config { expire_time: 1000, ..Config::default() };
        let expires =
            |value: &'static [u8]| stored(Submission { expires: Some(value), ..submission() }, &config).expires_at;
        assert_eq!(expires(b"10"), NOW + 10);
        assert_eq!(expires(b"99999999999999999999999"), NOW + 1000);
        assert_eq!(expires(b"soon"), NOW + 1000);
    }

    #[test]
    fn expires_zero_stores_nothing() {
        let over = take_in(&Submission { expires: Some(b"0"), ..submission() }, &Config::default(), NOW);
        assert_eq!(over, Ok(Intake::AlreadyOver));
    }

    #[test]
    fn a_request_uri_that_is_no_aor_falls_back_to_the_to_uri() {
        let owner = Owner::RequestUri { request: Some(NOBODY), to: Some(BOB) };
        let message = stored(Submission { owner, ..submission() }, &Config::default());
        assert_eq!(message.owner.user(), b"bob");
        let owner = Owner::RequestUri { request: Some(NOBODY), to: None };
        let refused = take_in(&Submission { owner, ..submission() }, &Config::default(), NOW);
        assert_eq!(refused, Err(Refusal::NoOwner));
    }

    #[test]
    fn an_owner_that_the_script_names_must_be_an_aor() {
        let refused = take_in(&Submission { owner: Owner::Given(NOBODY), ..submission() }, &Config::default(), NOW);
        let text = refused.unwrap_err().to_string();
        assert_eq!(text, "owner \"sip:10.0.0.1:5060\" is no address of record: it has no user part");
    }

    #[test]
    fn a_long_content_type_moves_to_the_headers() {
        let long = b"multipart/mixed; boundary=\"0123456789\"";
        let message = stored(Submission { content_type: Some(long), ..submission() }, &Config::default());
        assert_eq!(message.content_type, b"");
        assert_eq!(message.headers, [b"Content-Type: ", &long[..], b"\r\n"].concat());
    }

    #[test]
    fn a_body_without_a_type_is_stored_with_a_guess_among_the_headers() {
        for (body, headers) in [
            (&b"hi"[..], &b"Content-Type: text/plain\r\n"[..]),
            (b"h\xef", b"Content-Type: application/octet-stream\r\n"),
        ] {
            for content_type in [None, Some(&b" \r\n "[..])] {
                let message = stored(Submission { content_type, body, ..submission() }, &Config::default());
                assert_eq!((message.content_type.as_slice(), message.headers.as_slice()), (&b""[..], headers));
            }
        }
    }

    #[test]
    fn a_reminder_expires_after_it_was_due() {
        let message = stored(Submission { send_time: Some(b"20400101000000"), ..submission() }, &with_reminders());
        assert!(message.due_at > NOW);
        assert_eq!(message.expires_at, message.due_at + Config::default().expire_time);
    }

    #[test]
    fn a_bad_send_time_or_reminders_that_are_off_make_an_ordinary_message() {
        let bad = Submission { send_time: Some(b"20060231000000"), ..submission() };
        assert_eq!(stored(bad, &with_reminders()).due_at, 0);
        let off = Submission { send_time: Some(b"20400101000000"), ..submission() };
        assert_eq!(stored(off, &Config::default()).due_at, 0);
    }

    #[test]
    fn the_avp_replaces_the_headers_of_the_request() {
        let headers = [Header { name: b"X-Mine", line: b"X-Mine: 1\r\n" }];
        let message = stored(Submission { headers: &headers, ..submission() }, &Config::default());
        assert_eq!(message.headers, b"X-Mine: 1\r\n");
        let avp = Submission { headers: &headers, extra_headers: Some(b"X-Avp: 2"), ..submission() };
        assert_eq!(stored(avp, &Config::default()).headers, b"X-Avp: 2\r\n");
    }

    #[test]
    fn the_display_name_of_the_sender_is_kept() {
        let from = |name| {
            let from = Sender::Header { name, uri: b"sip:alice@example.org" };
            stored(Submission { from, ..submission() }, &Config::default()).from
        };
        assert_eq!(from(b""), b"sip:alice@example.org");
        assert_eq!(from(b"\"Alice A.\""), b"\"Alice A.\" <sip:alice@example.org>");
        assert_eq!(from(&[b'x'; 300]), b"sip:alice@example.org");
        let from = Sender::Given(b"sip:desk@example.org");
        assert_eq!(stored(Submission { from, ..submission() }, &Config::default()).from, b"sip:desk@example.org");
    }

    #[test]
    fn an_address_that_could_not_be_sent_is_refused() {
        let from = Sender::Header { name: b"", uri: b"sip:al\0ice@example.org" };
        for bad in [Submission { from, ..submission() }, Submission { to: b"sip:bob@x\r\nX: y", ..submission() }] {
            let text = take_in(&bad, &Config::default(), NOW).unwrap_err().to_string();
            assert!(text.ends_with("holds a line end or a NUL byte"), "{text}");
        }
    }

    #[test]
    fn the_call_id_is_kept_on_demand() {
        assert_eq!(stored(submission(), &Config::default()).call_id, b"");
        let config = Config { keep_call_id: true, ..Config::default() };
        assert_eq!(stored(submission(), &config).call_id, b"id@host");
    }
}
