//! Making a MESSAGE request out of a stored row.

use std::fmt;

use chrono::Local;

use super::aor::Aor;
use super::content::Content;
use super::headers::{read_block, StoredHeaders};
use super::lines::{logical_lines, push_line, split_header};
use super::model::{is_call_id, NextHop, Origin, Outgoing, StoredMessage};
use super::name::Address;
use super::plain_text::takes;
use crate::silo::config::settings::Config;
use crate::silo::text::{breaks_line, Shown};
use crate::silo::time::{sip_date, UnixTime};

/// What kind of delivery a message is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Because its user came online.
    Offline,
    /// Because its time has come.
    Reminder,
}

/// Why a row cannot be made into a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsendable {
    column: &'static str,
    value: Vec<u8>,
    reason: &'static str,
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its {} \"{}\" {}", self.column, Shown(&self.value), self.reason)
    }
}

impl std::error::Error for Unsendable {}

/// The request for a message that waited for its user.
///
/// `extra_headers` is what the parameter `extra_hdrs` came to for the REGISTER that asked for the inbox.
///
/// # Errors
/// When a column holds what cannot stand in a request.
pub fn offline(message: &StoredMessage, extra_headers: &[u8], config: &Config) -> Result<Outgoing, Unsendable> {
    let stored = read_block(&message.headers);
    let content = Content::of(message, &stored);
    let sender = Address::read(&message.from);
    let uri_of_sender = uri("src_addr", sender.uri)?;
    if uri_of_sender.iter().any(|byte| byte.is_ascii_control() || b"<>".contains(byte)) {
        let reason = "holds what no URI in a From header can hold";
        return Err(Unsendable { column: "src_addr", value: uri_of_sender, reason });
    }
    let mut headers = Vec::new();
    if let Some(date) = (message.stored_at > 0).then(|| sip_date(message.stored_at)).flatten() {
        push_line(&mut headers, b"Date", date.as_bytes());
    }
    push_line(&mut headers, b"Content-Type", content.value());
    if config.add_contact {
        push_contact(&mut headers, &uri_of_sender);
    }
    headers.extend_from_slice(extra_headers);
    headers.extend_from_slice(&stored.lines);
    let body = body(message, message.stored_at, Kind::Offline, &content, &stored, config);
    Ok(Outgoing {
        request_uri: uri("dst_addr", &message.to)?,
        to: message.to.clone(),
        from: match stored.name.as_ref().or(sender.name.as_ref()) {
            Some(name) => name.before(&uri_of_sender),
            None => uri_of_sender,
        },
        origin: origin(message, &body),
        body,
        headers,
        call_id: (config.keep_call_id && is_call_id(&message.call_id)).then(|| message.call_id.clone()),
        next_hop: NextHop::Proxy,
    })
}

/// The same with `Expires`, the seconds that are left of its time, at least 1: so a server that has to store it keeps it
/// no longer than this one would (RFC 3428 section 4). What `extra_headers` say of it stays; stored headers say nothing.
pub fn with_time_left(mut message: Outgoing, extra_headers: &[u8], expires_at: UnixTime, now: UnixTime) -> Outgoing {
    let is_expires = |line: &[u8]| split_header(line).is_some_and(|(name, _)| name.eq_ignore_ascii_case(b"Expires"));
    if extra_headers.is_empty() || !logical_lines(extra_headers).into_iter().any(is_expires) {
        let left = expires_at.saturating_sub(now).clamp(1, u32::MAX.into());
        push_line(&mut message.headers, b"Expires", left.to_string().as_bytes());
    }
    message
}

/// The request for a reminder: to the owner of the inbox, from the address that the parameter `reminder` names.
///
/// # Errors
/// When a column holds what cannot stand in a request.
pub fn reminder(message: &StoredMessage, from: &[u8], config: &Config) -> Result<Outgoing, Unsendable> {
    let stored = read_block(&message.headers);
    let content = Content::of(message, &stored);
    let mut headers = Vec::new();
    push_line(&mut headers, b"Content-Type", content.value());
    if config.add_contact {
        push_contact(&mut headers, Address::read(from).uri);
    }
    headers.extend_from_slice(&stored.lines);
    let body = body(message, message.due_at, Kind::Reminder, &content, &stored, config);
    let owner = uri("username and domain", &[b"sip:", &message.user[..], b"@", &message.host].concat())?;
    Ok(Outgoing {
        request_uri: owner.clone(),
        to: owner,
        from: from.to_vec(),
        origin: origin(message, &body),
        body,
        headers,
        call_id: None,
        next_hop: NextHop::Proxy,
    })
}

/// What tells the message from every other one when it comes back. `body` is what is sent of it.
fn origin(message: &StoredMessage, body: &[u8]) -> Option<Origin> {
    Some(Origin {
        id: message.id,
        owner: Aor::new(&message.user, &message.host).ok()?,
        prefix: body.len().saturating_sub(message.body.len()),
        stored_at: message.stored_at,
        expires_at: message.expires_at,
    })
}

fn uri(column: &'static str, value: &[u8]) -> Result<Vec<u8>, Unsendable> {
    let unsendable = |reason| Unsendable { column, value: value.to_vec(), reason };
    match value {
        [] => Err(unsendable("is empty")),
        _ if breaks_line(value) => Err(unsendable("holds a line end or a NUL byte")),
        _ => Ok(value.to_vec()),
    }
}

/// The Contact that `add_contact` asks for: the URI of the sender, marked as ours.
fn push_contact(headers: &mut Vec<u8>, uri: &[u8]) {
    push_line(headers, b"Contact", &[b"<", uri, b">;msilo=yes"].concat());
}

/// The body, with the date before it where that is wanted and leaves the body what its type says.
fn body(
    message: &StoredMessage,
    time: UnixTime,
    kind: Kind,
    content: &Content,
    stored: &StoredHeaders,
    config: &Config,
) -> Vec<u8> {
    let prefix = match kind {
        Kind::Offline => &config.offline_prefix,
        Kind::Reminder => &config.reminder_prefix,
    };
    let content = content.read.as_ref().filter(|_| content.is_named && !stored.sealed);
    let prefix = content.zip(prefix.as_ref()).and_then(|(content, prefix)| {
        let prefix = prefix.at(time, &Local)?;
        takes(&prefix, content, &message.body).then_some(prefix)
    });
    match prefix {
        Some(prefix) => [prefix.as_bytes(), &message.body].concat(),
        None => message.body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> StoredMessage {
        StoredMessage {
            user: b"bob".to_vec(),
            host: b"example.org".to_vec(),
            from: b"sip:alice@example.org".to_vec(),
            to: b"sip:bob@example.org".to_vec(),
            content_type: b"text/plain".to_vec(),
            body: b"hi".to_vec(),
            headers: b"X-Mood: fine\r\n".to_vec(),
            call_id: b"abc@alice".to_vec(),
            stored_at: 1_171_910_547,
            due_at: 1_171_910_547,
            ..StoredMessage::default()
        }
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_offline_message_has_the_headers_of_c_in_the_order_of_c() {
        let config = Config { add_contact: true, ..Config::default() };
        let sent = offline(&row(), b"X-Extra: 1\r\n", &config).unwrap();
        assert_eq!(
            text(&sent.headers),
            "Date: Mon, 19 Feb 2007 18:42:27 GMT\r\nContent-Type: text/plain\r\n\
             Contact: <sip:alice@example.org>;msilo=yes\r\nX-Extra: 1\r\nX-Mood: fine\r\n"
        );
    }

    #[test]
    fn what_is_left_of_its_time_goes_out_with_it() {
        let now = 1_800_000_000;
        let left = |expires_at: UnixTime, extra: &str, stored: &str| {
            let row = StoredMessage { headers: stored.into(), stored_at: 0, ..row() };
            let sent = offline(&row, extra.as_bytes(), &Config::default()).unwrap();
            let sent = with_time_left(sent, extra.as_bytes(), expires_at, now);
            text(&sent.headers).strip_prefix("Content-Type: text/plain\r\n").unwrap().to_owned()
        };
        assert_eq!(left(now + 60, "", ""), "Expires: 60\r\n");
        assert_eq!((left(now, "", ""), left(-5, "", "")), ("Expires: 1\r\n".to_owned(), "Expires: 1\r\n".to_owned()));
        assert_eq!(left(i64::MAX, "", ""), "Expires: 4294967295\r\n");
        assert_eq!(
            left(now + 60, "", "Expires: 9\r\nX-A: b\r\n"),
            "X-A: b\r\nExpires: 60\r\n",
            "that of the old request"
        );
        assert_eq!(left(now + 60, "expires: 9\r\n", ""), "expires: 9\r\n", "that of extra_hdrs");
    }

    #[test]
    fn a_text_whose_sender_gave_no_type_gets_no_prefix() {
        let row = StoredMessage { content_type: vec![], headers: b"Content-Type: text/plain\r\n".to_vec(), ..row() };
        assert_eq!(offline(&row, b"", &Config::default()).unwrap().body, b"hi");
        assert_eq!(reminder(&row, b"sip:r@example.org", &Config::default()).unwrap().body, b"hi");
    }

    #[test]
    fn only_plain_text_gets_a_prefix() {
        let sent = |content: &str, headers: &str| {
            let row = StoredMessage { content_type: content.into(), headers: headers.into(), ..row() };
            offline(&row, b"", &Config::default()).unwrap().body
        };
        assert!(sent("text/plain; charset=utf-8", "").ends_with(b"] hi"));
        assert_eq!(sent("message/cpim", ""), b"hi");
        assert!(sent("", "Content-Type: text/plain; charset=utf-8; format=flowed\r\n").ends_with(b"] hi"));
        assert_eq!(sent("text/plain", "Content-Encoding: gzip\r\n"), b"hi");
        assert_eq!(sent("text/plain; charset=utf-16", ""), b"hi");
    }

    #[test]
    fn a_type_too_long_for_its_column_comes_from_the_headers() {
        let long = "multipart/related; boundary=\"0123456789abcdef\"";
        let headers = format!("Content-Type: {long}\r\nX-A: b\r\n").into_bytes();
        let sent =
            offline(&StoredMessage { content_type: vec![], headers, stored_at: 0, ..row() }, b"", &Config::default());
        assert_eq!(text(&sent.unwrap().headers), format!("Content-Type: {long}\r\nX-A: b\r\n"));
    }

    #[test]
    fn a_name_goes_out_as_a_quoted_string_wherever_it_was_stored() {
        let sent = |from: &str, headers: &str| {
            let row = StoredMessage { from: from.into(), headers: headers.into(), ..row() };
            let config = Config { add_contact: true, ..Config::default() };
            let sent = offline(&row, b"", &config).unwrap();
            assert!(text(&sent.headers).contains("\r\nContact: <sip:a@b>;msilo=yes\r\n"));
            text(&sent.from).to_owned()
        };
        assert_eq!(sent("sip:a@b", ""), "sip:a@b");
        assert_eq!(sent("José <sip:a@b>", ""), "\"José\" <sip:a@b>");
        assert_eq!(sent("\"open <sip:a@b>", ""), "sip:a@b");
        assert_eq!(sent("sip:a@b", "X-Msilo-Encoded: From: \"Jos%C3%A9\"\r\n"), "\"José\" <sip:a@b>");
    }

    #[test]
    fn a_type_that_another_program_stored_is_mended_too() {
        let sent = |content: &str, headers: &str| {
            let row = StoredMessage { content_type: content.into(), headers: headers.into(), stored_at: 0, ..row() };
            text(&offline(&row, b"", &Config::default()).unwrap().headers).to_owned()
        };
        assert_eq!(sent("text/plain;", ""), "Content-Type: text/plain\r\n");
        assert_eq!(sent("", "Content-Type: text/plain;charset\r\n"), "Content-Type: text/plain\r\n");
        assert_eq!(sent("plain", ""), "Content-Type: text/plain\r\n");
        let encoded = "X-Msilo-Encoded: Content-Type: text/plain;name=\"%C3%A9\"\r\n";
        assert_eq!(sent("text/plain", encoded), "Content-Type: text/plain;name=\"é\"\r\n");
    }

    #[test]
    fn the_call_id_is_used_again_only_on_demand() {
        assert_eq!(offline(&row(), b"", &Config::default()).unwrap().call_id, None);
        let config = Config { keep_call_id: true, ..Config::default() };
        assert_eq!(offline(&row(), b"", &config).unwrap().call_id.unwrap(), b"abc@alice");
    }

    #[test]
    fn a_reminder_goes_to_the_owner_with_the_stored_headers() {
        let sent = reminder(&row(), b"sip:registrar@example.org", &Config::default()).unwrap();
        assert_eq!((text(&sent.request_uri), text(&sent.from)), ("sip:bob@example.org", "sip:registrar@example.org"));
        assert_eq!(text(&sent.headers), "Content-Type: text/plain\r\nX-Mood: fine\r\n");
        assert!(sent.body.starts_with(b"[Reminder message - "));
    }

    #[test]
    fn a_row_with_a_line_end_in_an_address_is_unsendable() {
        let row = StoredMessage { to: b"sip:bob@example.org\r\nVia: x".to_vec(), ..row() };
        let error = offline(&row, b"", &Config::default()).unwrap_err().to_string();
        assert!(error.contains("dst_addr") && error.contains("line end"), "{error}");
    }
}
