//! Where the date stands before a text, and where it would break what it stands before.

use crate::differences::differs;
use crate::harness::{now, Draft, Kind, NewRow, Server};
use crate::skip::only_on;

/// Stores the message that alice sends to bob, and gives the body that bob gets.
#[track_caller]
fn delivered(change: impl FnOnce(Draft<'_>) -> Draft<'_>) -> Vec<u8> {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    change(alice.message("bob")).send().expect_code(202);
    bob.register();
    let body = bob.receive().body().to_vec();
    server.table().wait_until_empty();
    body
}

#[track_caller]
fn expect_as_it_was(body: &[u8], sent: &[u8]) {
    assert!(body == sent, "the body is {}", body.escape_ascii());
}

#[track_caller]
fn expect_prefix(body: &[u8], sent: &[u8]) {
    let text = body.escape_ascii();
    assert!(body.starts_with(b"[Offline message - ") && body.ends_with(&[b"] ", sent].concat()), "the body is {text}");
}

#[test]
fn a_text_whose_transfer_encoding_leaves_it_readable_gets_its_prefix() {
    let body = delivered(|draft| draft.header("Content-Transfer-Encoding: 8bit").text("hello"));
    expect_prefix(&body, b"hello");
}

/// C puts the date before the base64 digits.
#[test]
fn a_base64_text_gets_no_prefix() {
    differs(|| {
        let body = delivered(|draft| draft.header("Content-Transfer-Encoding: base64").text("aGVsbG8="));
        expect_as_it_was(&body, b"aGVsbG8=");
    });
}

#[test]
fn a_quoted_printable_text_gets_no_prefix() {
    differs(|| {
        let body = delivered(|draft| draft.header("content-transfer-encoding: Quoted-Printable").text("gr=FC=DFe"));
        expect_as_it_was(&body, b"gr=FC=DFe");
    });
}

#[test]
fn a_text_in_a_charset_that_contains_ascii_gets_its_prefix() {
    let body = delivered(|draft| draft.body("text/plain; charset=\"windows-1251\"", b"\xcf\xf0\xe8\xe2\xe5\xf2"));
    expect_prefix(&body, b"\xcf\xf0\xe8\xe2\xe5\xf2");
}

/// C drops the charset, and puts the date in ASCII before it.
#[test]
fn a_text_in_utf_16_gets_no_prefix() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps nothing behind a NUL byte") {
        return;
    }
    differs(|| {
        let sent = b"\xfe\xff\0h\0i";
        expect_as_it_was(&delivered(|draft| draft.body("text/plain;charset=UTF-16", sent)), sent);
        expect_as_it_was(&delivered(|draft| draft.body("text/plain", b"\0h\0i")), b"\0h\0i");
    });
}

#[test]
fn a_text_in_ebcdic_gets_no_prefix() {
    differs(|| {
        let sent = b"\xc8\x85\x93\x93\x96";
        expect_as_it_was(&delivered(|draft| draft.body("text/plain; Charset=IBM037", sent)), sent);
    });
}

#[test]
fn a_text_that_begins_with_a_byte_order_mark_gets_no_prefix() {
    differs(|| {
        let sent = "\u{feff}hello".as_bytes();
        expect_as_it_was(&delivered(|draft| draft.body("text/plain", sent)), sent);
    });
}

/// C stores CPIM as text/plain: its rows look like this.
#[test]
fn a_text_that_begins_with_headers_of_its_own_gets_no_prefix() {
    differs(|| {
        let sent = b"From: <im:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhello";
        expect_as_it_was(&delivered(|draft| draft.body("text/plain", sent)), sent);
    });
}

#[test]
fn a_text_with_a_colon_gets_its_prefix() {
    for sent in ["Note: buy milk", "From: me\r\nTo: you", "Re: lunch\r\n\r\nat noon"] {
        expect_prefix(&delivered(|draft| draft.text(sent)), sent.as_bytes());
    }
}

/// An armour is only found at the begin of a line (RFC 9580, section 6.2).
#[test]
fn a_signed_or_encrypted_text_gets_no_prefix() {
    differs(|| {
        let sent = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----\r\n";
        expect_as_it_was(&delivered(|draft| draft.body("text/plain", sent)), sent);
    });
}

/// RFC 2183, section 2.8: what is not shown in the message is a file.
#[test]
fn an_attached_text_gets_no_prefix() {
    differs(|| {
        let name = "Content-Disposition: attachment; filename=notes.txt";
        expect_as_it_was(&delivered(|draft| draft.header(name).text("1,2,3")), b"1,2,3");
    });
}

#[test]
fn a_text_with_a_digest_gets_no_prefix() {
    differs(|| {
        let digest = "Content-MD5: XUFAKrxLKna5cZ2REBfFkg==";
        expect_as_it_was(&delivered(|draft| draft.header(digest).text("hello")), b"hello");
    });
}

/// C puts it before every body of a reminder.
#[test]
fn a_reminder_that_its_prefix_would_break_gets_none() {
    differs(|| {
        let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
        let server = builder.start();
        let bob = server.agent("bob");
        bob.register();
        let mut row = NewRow::text("alice", "bob", server.domain(), "aGVsbG8=");
        row.extra_hdrs = b"Content-Transfer-Encoding: base64\r\n".to_vec();
        row.snd_time = now() - 1;
        server.table().insert(&row);
        let message = bob.receive();
        expect_as_it_was(message.body(), b"aGVsbG8=");
        server.table().wait_until_empty();
    });
}
