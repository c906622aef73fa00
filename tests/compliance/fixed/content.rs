//! What arrives is what was sent.

use crate::differences::differs;
use crate::harness::{ctime, now, Draft, Kind, NewRow, Server, SipMessage};
use crate::skip::only_on;

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
    differs(|| {
        let body = b"From: <im:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhello";
        let message = delivered(|draft| draft.body("message/cpim", body));
        assert_eq!(message.header("Content-Type"), Some("message/cpim"));
        assert_eq!(message.body(), body);
    });
}

/// C drops every parameter.
#[test]
fn the_charset_of_a_text_is_kept_and_it_gets_its_prefix() {
    differs(|| {
        let message = delivered(|draft| draft.body("text/plain; charset=ISO-8859-1", b"gr\xfc\xdfe"));
        assert_eq!(message.header("Content-Type"), Some("text/plain; charset=ISO-8859-1"));
        assert!(message.body().starts_with(b"[Offline message - "));
        assert!(message.body().ends_with(b"] gr\xfc\xdfe"));
    });
}

/// C drops every parameter.
#[test]
fn the_boundary_of_a_multipart_body_is_kept() {
    differs(|| {
        let content_type = "multipart/mixed;boundary=\"a-boundary-of-more-than-thirty-two-characters\"";
        let message = delivered(|draft| draft.body(content_type, b"--x\r\n\r\n--x--"));
        assert_eq!(message.header("Content-Type"), Some(content_type));
        assert_eq!(message.body(), b"--x\r\n\r\n--x--");
    });
}

/// C drops it.
#[test]
fn the_subject_is_kept() {
    differs(|| {
        let message = delivered(|draft| draft.header("Subject: lunch"));
        assert_eq!(message.header("Subject"), Some("lunch"));
    });
}

/// C drops it.
#[test]
fn the_priority_is_kept() {
    differs(|| {
        let message = delivered(|draft| draft.header("Priority: urgent"));
        assert_eq!(message.header("Priority"), Some("urgent"));
    });
}

/// C drops it.
#[test]
fn content_disposition_is_kept() {
    differs(|| {
        let message = delivered(|draft| draft.header("Content-Disposition: render"));
        assert_eq!(message.header("Content-Disposition"), Some("render"));
    });
}

/// C stores what its server has no name for, whatever it is.
#[test]
fn a_header_of_one_hop_that_the_server_does_not_know_is_not_kept() {
    differs(|| {
        let hops = ["P-Charging-Vector", "Max-Breadth", "Service-Route", "Security-Client", "Feature-Caps"];
        let message = delivered(|draft| {
            hops.iter().fold(draft, |draft, name| draft.header(&format!("{name}: 1"))).header("X-Kept: 1")
        });
        assert_eq!(message.header("X-Kept"), Some("1"));
        assert_eq!(hops.map(|name| message.header(name)), [None; 5]);
    });
}

/// C drops the header and puts its prefix before the encoded bytes.
#[test]
fn an_encoded_text_keeps_its_content_encoding_and_gets_no_prefix() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps nothing behind a NUL byte") {
        return;
    }
    differs(|| {
        let message = delivered(|draft| draft.header("Content-Encoding: gzip").body("text/plain", b"\x1f\x8b\x08\0"));
        assert_eq!(message.header("Content-Encoding"), Some("gzip"));
        assert_eq!(message.body(), b"\x1f\x8b\x08\0");
    });
}

/// C drops it.
#[test]
fn the_display_name_of_the_sender_is_kept() {
    differs(|| {
        let message = delivered(|draft| draft.from("\"Alice A.\" <sip:alice@example.test>;tag=1"));
        let from = message.header("From").unwrap_or_default();
        assert!(from.starts_with("\"Alice A.\" <sip:alice@example.test>;tag="), "From is {from}");
    });
}

/// C leaves the prefix out above 978 bytes.
#[test]
fn a_long_text_gets_its_prefix_too() {
    differs(|| {
        let body = "x".repeat(5000);
        let message = delivered(|draft| draft.text(&body));
        assert!(message.text().starts_with("[Offline message - "), "the text has no prefix");
        assert!(message.text().ends_with(&format!("] {body}")));
    });
}

/// C stores 1023 bytes of headers at most, and delivers about as many.
#[test]
fn headers_of_two_kilobytes_are_stored_and_delivered() {
    differs(|| {
        let value = "x".repeat(2000);
        let message = delivered(|draft| draft.header(&format!("X-Long: {value}")));
        assert_eq!(message.header("X-Long"), Some(value.as_str()));
    });
}

/// C gives every reminder a prefix, and drops the stored headers.
#[test]
fn a_reminder_keeps_its_content_type_body_and_headers() {
    differs(|| {
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
    });
}

/// C leaves the prefix out above 978 bytes.
#[test]
fn a_long_reminder_gets_its_prefix_too() {
    differs(|| {
        let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
        let server = builder.start();
        let bob = server.agent("bob");
        bob.register();
        let body = "x".repeat(5000);
        let mut row = NewRow::text("alice", "bob", server.domain(), &body);
        row.snd_time = now() - 1;
        server.table().insert(&row);
        let text = bob.receive().text();
        assert!(text.starts_with("[Reminder message - "), "the text has no prefix");
        assert_eq!(text, format!("[Reminder message - {}] {body}", ctime(row.snd_time)));
        server.table().wait_until_empty();
    });
}
