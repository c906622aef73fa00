//! What goes out can be read by every phone: names, content types and headers that some parsers refuse, and the whole
//! message with them.

use crate::differences::differs;
use crate::harness::{kamailio_version, under_test, NewRow, Server, SipMessage, Under};
use crate::skip::skipped;

/// What bob gets of a message that another program, or the C module, has put into the table.
#[track_caller]
fn delivered_from(server: &Server, change: impl FnOnce(&mut NewRow)) -> SipMessage {
    let bob = server.agent("bob");
    let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
    change(&mut row);
    server.table().insert(&row);
    bob.register();
    let message = bob.receive();
    server.table().wait_until_empty();
    bob.unregister();
    message
}

#[track_caller]
fn expect_from(message: &SipMessage, start: &str) {
    let from = message.header("From").unwrap_or_default();
    assert!(from.starts_with(&format!("{start};tag=")), "From is {from}");
}

/// Names as phones write them, and as any phone reads them.
const NAMES: [(&str, &str); 10] = [
    ("Alice", r#""Alice""#),
    ("José", r#""José""#),
    ("何塞", r#""何塞""#),
    ("Dr. X (y)", r#""Dr. X (y)""#),
    ("a, b", r#""a, b""#),
    ("Alice@work", r#""Alice@work""#),
    ("A:B", r#""A:B""#),
    ("Alice [home]", r#""Alice [home]""#),
    (r#""Jos\é""#, r#""José""#),
    (r#""say \"hi\" \\ \x""#, r#""say \"hi\" \\ x""#),
];

/// C: sends no name.
#[test]
fn a_name_goes_out_as_a_quoted_string() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        for (name, quoted) in NAMES {
            let from = format!("{name} <sip:alice@example.test>;tag=1");
            alice.message("bob").from(&from).text("hello").send().expect_code(202);
            bob.register();
            expect_from(&bob.receive(), &format!("{quoted} <sip:alice@example.test>"));
            server.table().wait_until_empty();
            bob.unregister();
        }
    });
}

/// So did the first version of this module store them. C: sends them as they are.
#[test]
fn a_name_that_stands_in_the_table_goes_out_as_a_quoted_string() {
    differs(|| {
        let server = Server::start();
        for (name, quoted) in NAMES {
            let message = delivered_from(&server, |row| row.src_addr = format!("{name} <sip:alice@example.test>"));
            expect_from(&message, &format!("{quoted} <sip:alice@example.test>"));
        }
    });
}

/// C: sends it as it is.
#[test]
fn a_name_that_cannot_be_written_is_left_out() {
    differs(|| {
        let server = Server::start();
        for name in ["\"bell \u{7}\"", "\"open", "\"\""] {
            let message = delivered_from(&server, |row| row.src_addr = format!("{name} <sip:alice@example.test>"));
            expect_from(&message, "<sip:alice@example.test>");
        }
    });
}

/// C: puts the name into it.
#[test]
fn the_contact_of_add_contact_has_no_name_in_it() {
    differs(|| {
        let server = Server::builder().param("add_contact", 1).start();
        let message = delivered_from(&server, |row| row.src_addr = "\"Alice\" <sip:alice@example.test>".into());
        assert_eq!(message.header("Contact"), Some("<sip:alice@example.test>;msilo=yes"));
    });
}

/// C: drops all parameters.
#[test]
fn a_content_type_is_mended_where_phones_would_not_take_it() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        for (content_type, mended) in [
            ("text/plain;charset=UTF-8;msgr=WAAtAE0=", r#"text/plain;charset=UTF-8;msgr="WAAtAE0=""#),
            ("text/plain;", "text/plain"),
            ("text/plain;charset", "text/plain"),
            ("text/plain;charset=", "text/plain"),
            ("text/plain;name=é.txt", r#"text/plain;name="é.txt""#),
            (
                "text/plain;name=\"何塞 and a name of more than thirty-two bytes\"; x=y;",
                "text/plain;name=\"何塞 and a name of more than thirty-two bytes\";x=y",
            ),
            ("text/plain; charset=UTF-8 (comment)", "text/plain;charset=UTF-8"),
            ("text/plain; charset=UTF-8", "text/plain; charset=UTF-8"),
        ] {
            alice.message("bob").body(content_type, b"hello").send().expect_code(202);
            bob.register();
            let message = bob.receive();
            assert_eq!(message.header("Content-Type"), Some(mended), "{content_type}");
            assert!(message.text().ends_with("] hello"), "{}", message.text());
            server.table().wait_until_empty();
            bob.unregister();
        }
    });
}

/// C: sends it as it is.
#[test]
fn a_content_type_that_stands_in_the_table_is_mended() {
    differs(|| {
        let server = Server::start();
        let mended = |ctype: &str, line: &str| {
            let message = delivered_from(&server, |row| {
                row.ctype = ctype.to_owned();
                row.extra_hdrs = line.as_bytes().to_vec();
            });
            message.all("Content-Type").join(" and ")
        };
        assert_eq!(mended("text/plain;charset=", ""), "text/plain");
        assert_eq!(mended("text/plain;msgr=WAAtAE0=", ""), r#"text/plain;msgr="WAAtAE0=""#);
        assert_eq!(
            mended(" ", "Content-Type: text/plain;charset=utf-8;msgr=WAAtAE0=\r\n"),
            r#"text/plain;charset=utf-8;msgr="WAAtAE0=""#
        );
        assert_eq!(mended("plain", ""), "text/plain");
    });
}

/// C: sends it as it is.
#[test]
fn a_call_id_that_phones_would_not_take_is_not_used_again() {
    if under_test() == Under::Theirs && kamailio_version() < (5, 8) {
        return skipped("the C module has use_mode from 5.8 on");
    }
    differs(|| {
        let server = Server::builder().param("use_mode", 1).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").call_id("one,two@example.test").text("hello").send().expect_code(202);
        bob.register();
        assert_ne!(bob.receive().header("Call-ID"), Some("one,two@example.test"));
        server.table().wait_until_empty();
    });
}

/// Lines that some parsers refuse, and the request with them.
const REFUSED: [&str; 4] = ["X-Empty: ", "X-Bell: a\u{7}b", "X-Delete: a\u{7f}b", "X-Escape: \u{1b}[2J"];

/// C: stores and sends them.
#[test]
fn headers_that_a_parser_could_refuse_are_left_out() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let message = REFUSED.iter().fold(alice.message("bob"), |message, line| message.header(line));
        message.header("X-Kept: 1").text("hello").send().expect_code(202);
        bob.register();
        assert_eq!(bob.receive().added().split_off(2), ["X-Kept: 1"]);
        server.table().wait_until_empty();
    });
}

/// C: sends them.
#[test]
fn headers_in_the_table_that_a_parser_could_refuse_are_left_out() {
    differs(|| {
        let server = Server::start();
        let block = format!("{}\r\nX-Folded: a\r\n\tb\r\nX-Kept: 1\r\n", REFUSED.join("\r\n"));
        let message = delivered_from(&server, |row| row.extra_hdrs = block.into_bytes());
        assert_eq!(message.added().split_off(2), ["X-Folded: a b", "X-Kept: 1"]);
        assert!(String::from_utf8_lossy(message.raw()).contains("\r\nX-Folded: a b\r\n"));
    });
}

/// C: stores it like any header that its server does not know.
#[test]
fn nobody_can_send_a_header_that_is_already_encoded() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let forged = "X-Msilo-Encoded: From: \"The boss\"";
        alice.message("bob").header(forged).header("X-Kept: 1").text("hello").send().expect_code(202);
        assert_eq!(String::from_utf8_lossy(&server.table().only_row().extra_hdrs), "X-Kept: 1\r\n");
        bob.register();
        expect_from(&bob.receive(), "<sip:alice@example.test>");
        server.table().wait_until_empty();
    });
}
