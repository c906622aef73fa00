//! Names and headers come out as they went in, whatever characters the columns of the table hold.

use super::datagrams_of_64_kilobytes;
use crate::differences::differs;
use crate::harness::{Agent, Kind, Server, ServerBuilder, SipMessage};
use crate::skip::only_on;

/// What may stand in a quoted string, and in a header.
const TEXTS: [&[u8]; 7] = [
    b"Alice A.",
    "José Ortiz".as_bytes(),
    b"Jos\xe9 M\xfcller",
    "何塞".as_bytes(),
    "smile \u{1f600}".as_bytes(),
    br#"say \"hi\""#,
    br"back\\slash",
];

/// A message with this text for a name, where it is wanted, and in two headers. The harness writes UTF-8 only.
fn send(alice: &Agent, text: &[u8], named: bool) -> SipMessage {
    let from = if named { "\"(text)\" <sip:alice@example.test>;tag=1" } else { "<sip:alice@example.test>;tag=1" };
    let draft = alice.message("bob").from(from).header("Subject: (text)").header("X-Note: (text)").text("hello");
    let mut bytes = draft.bytes();
    while let Some(at) = position(&bytes, b"(text)") {
        bytes.splice(at..at + b"(text)".len(), text.iter().copied());
    }
    alice.exchange_request(&bytes)
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[track_caller]
fn expect_line(message: &SipMessage, line: &[u8]) {
    let found = position(message.raw(), &[b"\r\n", line].concat()).is_some();
    assert!(found, "{} has no line {}", message.raw().escape_ascii(), line.escape_ascii());
}

/// Stores and delivers a message with each text.
#[track_caller]
pub fn expect_kept(server: &Server, named: bool) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    for text in TEXTS {
        send(&alice, text, named).expect_code(202);
        bob.register();
        let message = bob.receive();
        if named {
            expect_line(&message, &[b"From: \"", text, b"\" <sip:alice@example.test>;tag="].concat());
            expect_line(&message, &[b"Subject: ", text, b"\r\n"].concat());
        }
        expect_line(&message, &[b"X-Note: ", text, b"\r\n"].concat());
        assert_eq!(message.header("X-Msilo-Encoded"), None);
        server.table().wait_until_empty();
        bob.unregister();
    }
}

/// A MariaDB whose tables have that character set.
fn mariadb(charset: &str) -> ServerBuilder {
    Server::builder().own_database_server(&[&format!("--character-set-server={charset}")])
}

const ONLY_MARIADB: &str = "only MariaDB has a character set per table";

/// C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_stored_and_delivered_as_they_were() {
    differs(|| expect_kept(&Server::start(), true));
}

/// C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_kept_by_a_mariadb_of_latin1() {
    if only_on(&[Kind::Mysql], ONLY_MARIADB) {
        differs(|| expect_kept(&mariadb("latin1").start(), true));
    }
}

/// C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_kept_by_a_mariadb_of_utf8mb3() {
    if only_on(&[Kind::Mysql], ONLY_MARIADB) {
        differs(|| expect_kept(&mariadb("utf8mb3").start(), true));
    }
}

/// So large that the driver would not take it: it is written as the driver would.
#[test]
fn the_headers_of_a_large_message_are_kept_by_a_mariadb_of_latin1() {
    if !only_on(&[Kind::Mysql], ONLY_MARIADB) {
        return;
    }
    let server = datagrams_of_64_kilobytes().own_database_server(&["--character-set-server=latin1"]).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Note: José").text(&"x".repeat(31_000)).send().expect_code(202);
    bob.register();
    expect_line(&bob.receive(), "X-Note: José\r\n".as_bytes());
    server.table().wait_until_empty();
}

/// One that is not strict writes question marks instead, or cuts the text. C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_kept_by_a_mariadb_that_is_not_strict() {
    if only_on(&[Kind::Mysql], ONLY_MARIADB) {
        let options = ["--character-set-server=latin1", "--sql-mode="];
        differs(|| expect_kept(&Server::builder().own_database_server(&options).start(), true));
    }
}

/// C: refuses the message, with all of the character sets, where the header is no UTF-8.
#[test]
fn a_header_that_its_column_cannot_hold_does_not_refuse_the_message() {
    if only_on(&[Kind::Mysql], "no other database looks at the bytes of headers") {
        differs(|| expect_kept(&Server::start(), false));
    }
}

/// C, which knows no encoding, sends what it reads: so what the column holds stands in it as it was sent.
#[test]
fn a_header_that_its_column_holds_stands_in_it_as_it_was() {
    let held: &[(&str, &[&str])] = &[
        ("latin1", &["X-Note: José"]),
        ("utf8mb3", &["X-Note: José", "X-Note: 何塞"]),
        ("utf8mb4", &["X-Note: José", "X-Note: 何塞", "X-Note: \u{1f600}"]),
    ];
    if only_on(&[Kind::Mysql], ONLY_MARIADB) {
        for (charset, lines) in held {
            let server = mariadb(charset).start();
            for line in *lines {
                server.agent("alice").message("bob").header(line).text("hello").send().expect_code(202);
                let column = "CONVERT(extra_hdrs USING utf8mb4)";
                let digits: String = line.bytes().map(|byte| format!("{byte:02X}")).collect();
                let sql = format!("SELECT COUNT(*) FROM silo WHERE HEX({column}) = '{digits}0D0A'");
                assert_eq!(server.table().number(&sql), 1, "{charset}: {line}");
                server.table().execute("DELETE FROM silo;");
            }
        }
    }
}
