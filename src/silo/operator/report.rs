//! The fields of answers. Texts are made fit for a terminal and for JSON: what a peer has sent must not move the cursor of
//! the administrator who reads it.

use std::collections::BTreeMap;
use std::ffi::CString;

use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, StoredMessage};
use crate::silo::table::overview::claim;
use crate::silo::table::overview::counts::{Summary, Tally};
use crate::silo::time::UnixTime;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(i64),
    /// A text without control characters but tabs and line ends.
    Text(String),
    /// Fields of its own.
    Group(Fields),
}

/// Names and values, in the order they are shown in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(CString, Field)>);

impl Fields {
    /// Adds a field.
    pub fn add(&mut self, name: &str, field: Field) -> &mut Self {
        self.0.push((CString::new(name).unwrap_or_default(), field));
        self
    }

    /// Adds a number.
    pub fn number(&mut self, name: &str, number: i64) -> &mut Self {
        self.add(name, Field::Number(number))
    }

    /// Adds a count.
    pub fn count(&mut self, name: &str, count: u64) -> &mut Self {
        self.number(name, i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Adds a number that may be missing: then there is no such field.
    pub fn number_if(&mut self, name: &str, number: Option<i64>) -> &mut Self {
        match number {
            Some(number) => self.number(name, number),
            None => self,
        }
    }

    /// Adds a text, with escapes for what is no text.
    pub fn text(&mut self, name: &str, text: &[u8]) -> &mut Self {
        self.add(name, Field::Text(readable(text)))
    }
}

/// Text as it is; escapes for control characters and for what is not UTF-8.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match is_harmless(c) {
                true => text.push(c),
                false => text.extend(c.escape_default()),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

fn is_harmless(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\r' | '\n')
}

/// The answer of `msilo.summary`.
pub fn summary(summary: &Summary, now: UnixTime, shared: bool) -> Fields {
    let mut fields = Fields::default();
    fields
        .count("messages", summary.messages)
        .count("inboxes", summary.inboxes)
        .count("reminders", summary.reminders)
        .count("expired", summary.expired)
        .number_if("oldest", summary.oldest)
        .number_if("oldest_age", summary.oldest.map(|oldest| now.saturating_sub(oldest)));
    let mut by_server = BTreeMap::<i64, u64>::new();
    for (&status, count) in &summary.by_status {
        if let Some(server) = claim::holder(status, now) {
            *by_server.entry(server).or_default() += count;
        }
    }
    if shared || !by_server.is_empty() {
        let mut servers = Fields::default();
        for (server, &count) in &by_server {
            servers.count(&format!("server_{server}"), count);
        }
        fields.count("claimed", by_server.values().sum()).add("claimed_by", Field::Group(servers));
    }
    fields
}

/// The answer of `msilo.count`.
pub fn tally(owner: &Aor, tally: &Tally) -> Fields {
    let mut fields = Fields::default();
    fields
        .text("owner", owner.to_string().as_bytes())
        .count("messages", tally.messages)
        .count("reminders", tally.reminders)
        .number_if("oldest", tally.oldest)
        .number_if("newest", tally.newest);
    fields
}

/// What is being done with a row: `in_flight`, `expired` (over, and goes with the next sweep), `claimed` by another server,
/// or `waiting`.
pub fn state(head: &Head, in_flight: bool, now: UnixTime) -> &'static str {
    match (in_flight, claim::holder(head.status, now)) {
        (true, _) => "in_flight",
        _ if head.expires_at <= now => "expired",
        (false, Some(_)) => "claimed",
        (false, None) => "waiting",
    }
}

/// One row in the answer of `msilo.list`.
pub fn row(head: &Head, state: &str, now: UnixTime) -> Fields {
    let mut fields = Fields::default();
    fields
        .number("id", head.id)
        .text("from", &head.from)
        .text("to", &head.to)
        .text("ctype", &head.content_type)
        .count("size", head.size)
        .number("stored", head.stored_at)
        .number("age", now.saturating_sub(head.stored_at))
        .number("expires", head.expires_at)
        .number("due", head.due_at)
        .text("state", state.as_bytes());
    fields
}

/// The answer of `msilo.show`: the row, its headers, and on demand its body.
pub fn whole(head: &Head, state: &str, message: &StoredMessage, with_body: bool, now: UnixTime) -> Fields {
    let mut fields = row(head, state, now);
    fields
        .text("owner", &[&head.user[..], b"@", &head.host].concat())
        .text("callid", &message.call_id)
        .text("headers", &message.headers);
    if with_body {
        match std::str::from_utf8(&message.body).ok().filter(|body| body.chars().all(is_harmless)) {
            Some(body) => fields.text("body", body.as_bytes()),
            None => fields.text("body_hex", hex(&message.body).as_bytes()),
        };
    }
    fields
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &Fields) -> Vec<String> {
        fields.0.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect()
    }

    fn field<'f>(fields: &'f Fields, name: &str) -> &'f Field {
        &fields.0.iter().find(|(known, _)| known.to_bytes() == name.as_bytes()).unwrap().1
    }

    #[test]
    fn what_a_peer_sent_does_not_move_the_cursor() {
        let mut fields = Fields::default();
        fields.text("from", b"a\x1b[2Jb\xffc\0\xc2\x9bd\r\n\te\xc3\xa9");
        assert_eq!(fields.0[0].1, Field::Text("a\\u{1b}[2Jb\\xffc\\u{0}\\u{9b}d\r\n\teé".to_owned()));
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_as_digits_and_none_unless_it_is_wanted() {
        let message = |body: &[u8]| StoredMessage { body: body.to_vec(), ..StoredMessage::default() };
        let head = Head::default();
        assert!(!names(&whole(&head, "waiting", &message(b"x"), false, 0)).iter().any(|name| name.starts_with("body")));
        let shown = whole(&head, "waiting", &message(b"two\r\nlines"), true, 0);
        assert_eq!(*field(&shown, "body"), Field::Text("two\r\nlines".to_owned()));
        let shown = whole(&head, "waiting", &message(b"\x1b\xff"), true, 0);
        assert_eq!(*field(&shown, "body_hex"), Field::Text("1bff".to_owned()));
    }

    #[test]
    fn claims_are_counted_for_each_server() {
        let now = 1_777_836_800;
        let claim = |server| (now - 1_577_836_800 + 768) / 256 * 256 + server;
        let by_status = BTreeMap::from([(claim(1), 3), (claim(1) + 256, 1), (claim(2), 5), (9, 7)]);
        let shown = summary(&Summary { messages: 16, by_status, ..Summary::default() }, now, false);
        assert_eq!(*field(&shown, "claimed"), Field::Number(9));
        let Field::Group(servers) = field(&shown, "claimed_by") else { panic!("a group") };
        assert_eq!(names(servers), ["server_1", "server_2"]);
        assert!(!names(&summary(&Summary::default(), now, false)).contains(&"claimed".to_owned()));
    }

    #[test]
    fn the_state_of_a_row_is_what_matters_most() {
        let head = |expires_at| Head { expires_at, ..Head::default() };
        assert_eq!(state(&head(10), true, 20), "in_flight");
        assert_eq!(state(&head(20), false, 20), "expired");
        assert_eq!(state(&head(21), false, 20), "waiting");
    }
}
