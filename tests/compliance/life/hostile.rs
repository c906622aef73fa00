//! Hostile input: whatever arrives, the server lives on and serves the next message.

use crate::harness::{database_under_test, until, Agent, Kind, Server};
use crate::skip::with_sql;

/// A server whose core may complain about what it gets (but never critically). One SIP process: two of them that
/// store at the same time can lock each other out of SQLite, which is another subject.
fn server_that_may_complain() -> Server {
    let server = Server::builder().children(1).tcp().global("tcp_rd_buf_size=65536").start();
    server.expect_log_error("ERROR");
    server
}

/// Sends the bytes over UDP, and proves that the server still stores and delivers.
#[track_caller]
fn expect_survival(bytes: impl FnOnce(&Agent) -> Vec<u8>) {
    let mut server = server_that_may_complain();
    let mallory = server.agent("mallory");
    mallory.send_raw(&bytes(&mallory));
    server.settle();
    assert!(server.is_running());
}

/// A good message in parts, to be put together wrongly.
fn lines(agent: &Agent) -> Vec<String> {
    let bytes = agent.message("bob").text("hello").bytes();
    String::from_utf8_lossy(&bytes).split("\r\n").map(str::to_owned).collect()
}

/// The good message without the header of that name.
fn without(agent: &Agent, name: &str) -> Vec<u8> {
    let start = format!("{name}:");
    let kept: Vec<String> = lines(agent).into_iter().filter(|line| !line.starts_with(&start)).collect();
    kept.join("\r\n").into_bytes()
}

/// The good message with other text for one of its lines.
fn with(agent: &Agent, name: &str, line: &str) -> Vec<u8> {
    let start = format!("{name}:");
    let lines = lines(agent).into_iter();
    let lines = lines.map(|have| if have.starts_with(&start) { line.to_owned() } else { have });
    lines.collect::<Vec<String>>().join("\r\n").into_bytes()
}

#[test]
fn every_truncation_of_a_message_is_survived() {
    let mut server = server_that_may_complain();
    let mallory = server.agent("mallory");
    let message = mallory.message("bob").header("X-Header: value").text("hello").bytes();
    for end in 1..message.len() {
        mallory.send_raw(&message[..end]);
    }
    server.settle();
    assert!(server.is_running());
}

#[test]
fn a_message_without_to_is_survived() {
    expect_survival(|mallory| without(mallory, "To"));
}

#[test]
fn a_message_without_from_is_survived() {
    expect_survival(|mallory| without(mallory, "From"));
}

#[test]
fn a_message_without_call_id_is_survived() {
    expect_survival(|mallory| without(mallory, "Call-ID"));
}

#[test]
fn a_message_without_cseq_is_survived() {
    expect_survival(|mallory| without(mallory, "CSeq"));
}

#[test]
fn a_message_with_an_unfinished_from_is_survived() {
    expect_survival(|mallory| with(mallory, "From", "From: \"alice <sip:alice@example.test"));
}

#[test]
fn a_message_with_an_unfinished_to_is_survived() {
    expect_survival(|mallory| with(mallory, "To", "To: <sip:bob@"));
}

#[test]
fn a_message_with_a_to_that_is_no_uri_is_survived() {
    expect_survival(|mallory| with(mallory, "To", "To: <@@@:::>"));
}

#[test]
fn a_request_uri_without_a_user_is_survived() {
    expect_survival(|mallory| mallory.message("sip:example.test").text("hello").bytes());
}

#[test]
fn a_request_uri_with_an_endless_user_is_survived() {
    expect_survival(|mallory| {
        let uri = format!("sip:{}@example.test", "a".repeat(3000));
        mallory.message(&uri).text("hello").bytes()
    });
}

#[test]
fn nul_bytes_in_headers_are_survived() {
    expect_survival(|mallory| mallory.message("bob").header("X-Nul: a\0b").text("hello").bytes());
}

#[test]
fn a_content_type_of_nothing_but_a_slash_is_survived() {
    expect_survival(|mallory| mallory.message("bob").body("/", b"hello").bytes());
}

#[test]
fn an_endless_content_type_is_survived() {
    expect_survival(|mallory| mallory.message("bob").body(&format!("text/{}", "x".repeat(5000)), b"hello").bytes());
}

#[test]
fn a_negative_content_length_is_survived() {
    expect_survival(|mallory| mallory.message("bob").text("hello").content_length("-5").bytes());
}

#[test]
fn a_content_length_beyond_every_integer_is_survived() {
    expect_survival(|mallory| mallory.message("bob").text("hello").content_length("99999999999999999999").bytes());
}

#[test]
fn two_content_lengths_are_survived() {
    expect_survival(|mallory| mallory.message("bob").header("Content-Length: 2").text("hello").bytes());
}

#[test]
fn an_expires_that_is_no_number_is_survived() {
    expect_survival(|mallory| mallory.message("bob").header("Expires: never").text("hello").bytes());
}

#[test]
fn an_expires_beyond_every_integer_is_survived() {
    expect_survival(|mallory| mallory.message("bob").header("Expires: 99999999999999").text("hello").bytes());
}

#[test]
fn a_thousand_headers_are_survived() {
    expect_survival(|mallory| {
        let message = (0..1000).fold(mallory.message("bob"), |message, at| message.header(&format!("X-{at}: {at}")));
        message.text("hello").bytes()
    });
}

#[test]
fn a_header_of_fifty_kilobytes_is_survived() {
    expect_survival(|mallory| {
        mallory.message("bob").header(&format!("X-Long: {}", "x".repeat(50_000))).text("hello").bytes()
    });
}

#[test]
fn the_largest_datagram_there_is_is_survived() {
    expect_survival(|mallory| {
        let head = mallory.message("bob").body("text/plain", &[b'x'; 60_000]).bytes().len() - 60_000;
        mallory.message("bob").body("text/plain", &vec![b'x'; 65_500 - head]).bytes()
    });
}

#[test]
fn a_message_of_sixty_kilobytes_over_tcp_is_survived() {
    let mut server = server_that_may_complain();
    let mallory = server.tcp_agent("mallory");
    mallory.message("bob").body("text/plain", &[b'x'; 60_000]).send_only();
    // Kamailio 6 takes no message of this size over TCP.
    let dealt_with = |server: &Server| ["m_store returned", "message too large"].map(|text| server.log().count(text));
    until("the server has dealt with it", || dealt_with(&server).iter().any(|count| *count > 0));
    server.settle();
    assert!(server.is_running());
}

#[test]
fn a_tcp_connection_that_ends_in_the_middle_of_a_body_is_survived() {
    let mut server = server_that_may_complain();
    let mallory = server.tcp_agent("mallory");
    mallory.message("bob").text("hello").content_length("5000").send_only();
    drop(mallory);
    server.settle();
    assert!(server.is_running());
}

#[test]
fn binary_noise_is_survived() {
    expect_survival(|_| (0..2000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect());
}

#[test]
fn a_register_with_hostile_contacts_is_survived() {
    let mut server = server_that_may_complain();
    let mallory = server.agent("mallory");
    let contacts = [
        "<sip:",
        "*;expires=1",
        "<sip:mallory@127.0.0.1>;expires=99999999999999999",
        "<sip:mallory@127.0.0.1>;methods=\"\"",
        "<sip:mallory@127.0.0.1>;methods=\"INVITE,,,MESSAGE",
        "<sip:mallory@127.0.0.1>;methods",
        "\"<sip:mallory@127.0.0.1>",
    ];
    for contact in contacts {
        mallory.registration().contact(contact).expires(60).send_only();
    }
    server.settle();
    assert!(server.is_running());
}

#[test]
fn hostile_rows_in_the_table_are_survived() {
    if !with_sql() {
        return;
    }
    let mut server = server_that_may_complain();
    let bob = server.agent("bob");
    let domain = server.domain();
    let blob = if database_under_test() == Kind::Postgres { r"'\x00ff00'" } else { "x'00ff00'" };
    server.table().execute(&format!(
        "INSERT INTO silo (username, domain, src_addr, dst_addr, ctype, body) VALUES
         ('bob', '{domain}', '', '', '', ''),
         ('bob', '{domain}', 'x', 'y', 'z', 'no uris'),
         ('bob', '{domain}', 'sip:a@b', 'sip:c@127.0.0.1:9', 'text/plain', NULL),
         ('bob', '{domain}', '<sip:a@b>', 'sip:', 'text/plain', {blob})"
    ));
    bob.register();
    server.settle();
    assert!(server.is_running());
}
