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

/// The rules of the script looked at the Request-URI; the To URI is the sender's choice.
#[test]
fn a_request_uri_with_a_name_that_is_no_text_does_not_fall_back() {
    let strange = SipUri { text: b"sip:b\xffb@example.org", user: b"b\xffb", host: b"example.org" };
    let owner = Owner::RequestUri { request: Some(strange), to: Some(BOB) };
    let refused = take_in(&Submission { owner, ..submission() }, &Config::default(), NOW);
    assert_eq!(refused, Err(Refusal::Owner(strange.text.to_vec(), NoAor::NoText)));
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
    for (body, headers) in
        [(&b"hi"[..], &b"Content-Type: text/plain\r\n"[..]), (b"h\xef", b"Content-Type: application/octet-stream\r\n")]
    {
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
