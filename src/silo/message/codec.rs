//! Texts and numbers as bytes that can lie in memory which processes share. Both ends are this module, in one server.

use super::aor::Aor;
use super::model::NewMessage;

/// Writes a number.
pub fn push_number(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_ne_bytes());
}

/// Writes a text that may be missing.
pub fn push_option(bytes: &mut Vec<u8>, text: Option<&[u8]>) {
    push_number(bytes, u64::from(text.is_some()));
    push_text(bytes, text.unwrap_or_default());
}

/// Writes a text.
pub fn push_text(bytes: &mut Vec<u8>, text: &[u8]) {
    push_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

/// Writes a message that shall get a row.
pub fn push_message(bytes: &mut Vec<u8>, message: &NewMessage) {
    let NewMessage { owner, from, to, content_type, body, headers, call_id, stored_at, expires_at, due_at } = message;
    for text in [owner.user(), owner.host(), from, to, content_type, body, headers, call_id] {
        push_text(bytes, text);
    }
    [stored_at, expires_at, due_at].into_iter().for_each(|time| push_number(bytes, time.cast_unsigned()));
}

/// Takes a number off the front; `None` when there is none.
pub fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_ne_bytes(*number))
}

/// Takes a text that may be missing off the front.
pub fn take_option(bytes: &mut &[u8]) -> Option<Option<Vec<u8>>> {
    match (take_number(bytes)?, take_text(bytes)?) {
        (0, b"") => Some(None),
        (1, text) => Some(Some(text.to_vec())),
        _ => None,
    }
}

/// Takes a text off the front.
pub fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}

/// Takes an address of record off the front.
pub fn take_aor(bytes: &mut &[u8]) -> Option<Aor> {
    Aor::new(take_text(bytes)?, take_text(bytes)?).ok()
}

/// Takes a message off the front.
pub fn take_message(bytes: &mut &[u8]) -> Option<NewMessage> {
    let owner = take_aor(bytes)?;
    let mut text = || take_text(bytes).map(<[u8]>::to_vec);
    let (from, to, content_type, body, headers, call_id) = (text()?, text()?, text()?, text()?, text()?, text()?);
    let mut time = || take_number(bytes).map(u64::cast_signed);
    let (stored_at, expires_at, due_at) = (time()?, time()?, time()?);
    Some(NewMessage { owner, from, to, content_type, body, headers, call_id, stored_at, expires_at, due_at })
}
