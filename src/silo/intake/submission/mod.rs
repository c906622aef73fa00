//! Taking a message in: everything `m_store()` decides before a row is written.

use std::fmt;

use super::sender::{stored_sender, Sender};
use crate::silo::config::settings::Config;
use crate::silo::message::aor::{Aor, NoAor};
use crate::silo::message::content_type::{BadContentType, ContentType};
use crate::silo::message::cpim;
use crate::silo::message::encoded::push_encoded;
use crate::silo::message::headers::{read_block, stored_block, Header};
use crate::silo::message::lines::push_line;
use crate::silo::message::model::{is_call_id, NewMessage};
use crate::silo::text::{breaks_line, Shown};
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

impl Owner<'_> {
    /// Whose inbox it is.
    ///
    /// # Errors
    /// When no URI at hand names one.
    pub fn aor(&self) -> Result<Aor, Refusal> {
        match self {
            Self::Given(uri) => uri.aor().map_err(|reason| Refusal::Owner(uri.text.to_vec(), reason)),
            Self::RequestUri { request, to } => {
                for uri in [request, to].into_iter().flatten() {
                    match uri.aor() {
                        Ok(aor) => return Ok(aor),
                        // A name that cannot be stored is one all the same: another one is not meant.
                        Err(NoAor::NoText) => return Err(Refusal::Owner(uri.text.to_vec(), NoAor::NoText)),
                        Err(NoAor::NoUser | NoAor::NoHost) => {}
                    }
                }
                Err(Refusal::NoOwner)
            }
        }
    }
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
    /// Nothing: it says that its sender is writing something, which is true for a moment (RFC 3994).
    Composing,
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

/// Decides what to do with a message that came in at `now`.
///
/// # Errors
/// When the message cannot be stored, with the reason for the log.
pub fn take_in(submission: &Submission<'_>, config: &Config, now: UnixTime) -> Result<Intake, Refusal> {
    let owner = submission.owner.aor()?;
    let (content_type, named) = content_type(submission)?;
    if cpim::says_composing(&content_type, submission.body) {
        return Ok(Intake::Composing);
    }
    let Some(lifetime) = lifetime(submission.expires, config.expire_time) else {
        return Ok(Intake::AlreadyOver);
    };
    let mut headers = headers(submission);
    let (from, to) = (stored_sender(&submission.from, &mut headers), submission.to.to_vec());
    if let Some((what, value)) = [("sender's", &from), ("destination", &to)].into_iter().find(|(_, v)| breaks_line(v)) {
        return Err(Refusal::BreaksLine(what, value.clone()));
    }
    let due_at = due_at(submission.send_time, config);
    let type_column = stored_type(&content_type, named, &mut headers);
    Ok(Intake::Store(Box::new(NewMessage {
        owner,
        from,
        to,
        content_type: type_column,
        body: submission.body.to_vec(),
        headers,
        call_id: if config.keep_call_id && is_call_id(submission.call_id) {
            submission.call_id.to_vec()
        } else {
            Vec::new()
        },
        stored_at: now,
        // A reminder lives as long after its moment as an ordinary message does after it came in.
        expires_at: now.max(due_at).saturating_add(lifetime),
        due_at,
    })))
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

/// The content type as its column holds it. What does not fit it, is no ASCII, or was not named by the sender, goes among
/// the headers.
fn stored_type(content_type: &ContentType, named: bool, headers: &mut Vec<u8>) -> Vec<u8> {
    let ascii = content_type.in_ascii();
    if ascii != *content_type {
        push_encoded(headers, "Content-Type", content_type.value());
    }
    match ascii.value() {
        other if !named || other.len() > ContentType::COLUMN => {
            push_line(headers, b"Content-Type", other);
            Vec::new()
        }
        fits => fits.to_vec(),
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
mod tests;
