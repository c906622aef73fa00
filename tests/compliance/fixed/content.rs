//! What arrives is what was sent.

use crate::harness::{ctime, now, Draft, NewRow, Server, SipMessage};

/// Stores the message alice sends to bob, and gives what bob gets.
#[track_caller]
fn delivered(change: impl FnOnce(Draft<'_>) -> Draft<'_>) -> SipMessage {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    change(alice.message("bob").text("hello")).send().expect_code(202);
    bob.register();
    let message = bob.receive();
    server.table().wait_until_empty();
    message
}

/// C stores it as text/plain and puts the prefix inside.
#[test]
fn a_cpim_message_is_delivered_byte_for_byte() {
    let body = b"From: <im:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhello";
    let message = delivered(|draft| draft.body("message/cpim", body));
    assert_eq!(message.header("Content-Type"), Some("message/cpim"));
    assert_eq!(message.body(), body);
}

/// C drops every parameter.
#[test]
fn the_charset_of_a_text_is_kept_and_it_gets_its_prefix() {
    let message = delivered(|draft| draft.body("text/plain; charset=ISO-8859-1", b"gr\xfc\xdfe"));
    assert_eq!(message.header("Content-Type"), Some("text/plain; charset=ISO-8859-1"));
    assert!(message.body().starts_with(b"[Offline message - "));
    assert!(message.body().ends_with(b"] gr\xfc\xdfe"));
}

/// C drops every parameter.
#[test]
fn the_boundary_of_a_multipart_body_is_kept() {
    let content_type = "multipart/mixed;boundary=\"a-boundary-of-more-than-thirty-two-characters\"";
    let message = delivered(|draft| draft.body(content_type, b"--x\r\n\r\n--x--"));
    assert_eq!(message.header("Content-Type"), Some(content_type));
    assert_eq!(message.body(), b"--x\r\n\r\n--x--");
}

/// C drops it.
#[test]
fn the_subject_is_kept() {
    let message = delivered(|draft| draft.header("Subject: lunch"));
    assert_eq!(message.header("Subject"), Some("lunch"));
}

/// C drops it.
#[test]
fn content_disposition_is_kept() {
    let message = delivered(|draft| draft.header("Content-Disposition: render"));
    assert_eq!(message.header("Content-Disposition"), Some("render"));
}

/// C drops the header and puts its prefix before the encoded bytes.
#[test]
fn an_encoded_text_keeps_its_content_encoding_and_gets_no_prefix() {
    let message = delivered(|draft| draft.header("Content-Encoding: gzip").body("text/plain", b"\x1f\x8b\x08\0"));
    assert_eq!(message.header("Content-Encoding"), Some("gzip"));
    assert_eq!(message.body(), b"\x1f\x8b\x08\0");
}

/// C drops it.
#[test]
fn the_display_name_of_the_sender_is_kept() {
    let message = delivered(|draft| draft.from("\"Alice A.\" <sip:alice@example.test>;tag=1"));
    assert!(message.header("From").is_some_and(|from| from.starts_with("\"Alice A.\" <sip:alice@example.test>;tag=")));
}

/// C leaves the prefix out above 978 bytes.
#[test]
fn a_long_text_gets_its_prefix_too() {
    let body = "x".repeat(5000);
    let message = delivered(|draft| draft.text(&body));
    assert!(message.text().starts_with("[Offline message - "));
    assert!(message.text().ends_with(&format!("] {body}")));
}

/// C stores 1023 bytes of headers at most, and delivers about as many.
#[test]
fn headers_of_two_kilobytes_are_stored_and_delivered() {
    let value = "x".repeat(2000);
    let message = delivered(|draft| draft.header(&format!("X-Long: {value}")));
    assert_eq!(message.header("X-Long"), Some(value.as_str()));
}

/// C gives every reminder a prefix, and drops the stored headers.
#[test]
fn a_reminder_keeps_its_content_type_body_and_headers() {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
    let server = builder.start();
    let bob = server.agent("bob");
    bob.register();
    let mut row = NewRow::text("alice", "bob", server.domain(), "<p>wake up</p>");
    row.ctype = "text/html".into();
    row.extra_hdrs = b"X-Stored: 1\r\n".to_vec();
    row.snd_time = now() - 1;
    server.table().insert(&row);
    let message = bob.receive();
    assert_eq!(message.header("Content-Type"), Some("text/html"));
    assert_eq!(message.text(), "<p>wake up</p>");
    assert_eq!(message.header("X-Stored"), Some("1"));
    server.table().wait_until_empty();
}

/// C leaves the prefix out above 978 bytes.
#[test]
fn a_long_reminder_gets_its_prefix_too() {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
    let server = builder.start();
    let bob = server.agent("bob");
    bob.register();
    let body = "x".repeat(5000);
    let mut row = NewRow::text("alice", "bob", server.domain(), &body);
    row.snd_time = now() - 1;
    server.table().insert(&row);
    assert_eq!(bob.receive().text(), format!("[Reminder message - {}] {body}", ctime(row.snd_time)));
    server.table().wait_until_empty();
}
