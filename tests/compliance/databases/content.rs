//! Whatever a message holds comes out as it went in.

use crate::differences::differs;
use crate::harness::{database_under_test, send_signal, until, Kind, Server};
use crate::ours::process::delivery_processes;
use crate::skip::only_on;

/// Stores a body, looks at its row, and has it delivered.
#[track_caller]
fn expect_kept(server: &Server, content_type: &str, body: &[u8]) {
    let bob = server.agent("bob");
    server.agent("alice").message("bob").body(content_type, body).send().expect_code(202);
    assert_eq!(server.table().only_row().body, body);
    bob.register();
    assert_eq!(bob.receive().body(), body);
    server.table().wait_until_empty();
    bob.unregister();
}

#[test]
fn utf_8_quotes_and_backslashes_are_kept_byte_for_byte() {
    let server = Server::start();
    for text in
        ["žluťoučký kůň \u{1f600}", r#"'; DROP TABLE silo; -- " \ \\ \' \x41 %s ? $1 `"#, ":\\:\t\r\n:\\n", "\\"]
    {
        expect_kept(&server, "text/x-plain;charset=utf-8", text.as_bytes());
    }
}

#[test]
fn every_byte_but_nul_is_kept() {
    let server = Server::start();
    let bytes: Vec<u8> = (1..=255).chain((1..=255).rev()).collect();
    expect_kept(&server, "application/octet-stream", &bytes);
}

/// db_text takes a text to end at the first NUL byte.
#[test]
fn a_nul_byte_is_kept_or_the_message_is_refused() {
    const BODY: &[u8] = b"before\0after\0\0";
    let server = Server::start();
    if database_under_test() != Kind::Text {
        return expect_kept(&server, "application/octet-stream", BODY);
    }
    server.expect_log_error("NUL byte");
    server.agent("alice").message("bob").body("application/octet-stream", BODY).send().expect_code(503);
    server.wait_for_log("column body holds a NUL byte, which this database cannot keep");
    assert_eq!(server.table().count(), 0);
}

#[test]
fn odd_user_names_find_their_inbox() {
    expect_found(&Server::start());
}

/// What `kamdbctl create` makes by default.
#[test]
fn odd_user_names_find_their_inbox_in_a_mariadb_of_latin1() {
    if only_on(&[Kind::Mysql], "only MariaDB has an encoding per table") {
        let options = ["--character-set-server=latin1"];
        expect_found(&Server::builder().own_database_server(&options).start());
    }
}

#[track_caller]
fn expect_found(server: &Server) {
    let alice = server.agent("alice");
    for name in ["o'neil", "žofie", "a+b-c_d", "100%25", "back%5Cslash", "~!*"] {
        alice.message(name).body("text/x-plain", name.as_bytes()).send().expect_code(202);
        let user = server.agent(name);
        user.register();
        assert_eq!(user.receive().text(), name);
        user.unregister();
    }
    server.table().wait_until_empty();
}

/// C asks MariaDB, which by default compares without case.
#[test]
fn the_case_of_a_user_name_is_respected() {
    differs(|| {
        let server = Server::start();
        let (alice, big, small) = (server.agent("alice"), server.agent("Bob"), server.agent("bob"));
        alice.message("Bob").body("text/x-plain", b"big").send().expect_code(202);
        alice.message("bob").body("text/x-plain", b"small").send().expect_code(202);
        small.register();
        assert_eq!(small.receive().text(), "small");
        server.settle();
        assert_eq!(small.waiting(), 0, "bob got what was for Bob");
        small.unregister();
        big.register();
        assert_eq!(big.receive().text(), "big");
        server.table().wait_until_empty();
    });
}

/// Who registers at the same moment is looked for with one query. C asks MariaDB as above.
#[test]
fn the_case_of_a_user_name_is_respected_when_many_register_at_once() {
    differs(|| {
        let server = Server::start();
        let (alice, small) = (server.agent("alice"), server.agent("bob"));
        alice.message("Bob").body("text/x-plain", b"big").send().expect_code(202);
        alice.message("bob").body("text/x-plain", b"small").send().expect_code(202);
        let processes = delivery_processes(&server);
        processes.iter().for_each(|&process| send_signal(process as i32, libc::SIGSTOP));
        small.register();
        ["carol", "dave", "eve"].iter().for_each(|name| server.agent(name).register());
        processes.iter().for_each(|&process| send_signal(process as i32, libc::SIGCONT));
        assert_eq!(small.receive().text(), "small");
        until("only what is for Bob is left", || server.table().count() == 1);
        assert_eq!((small.waiting(), server.table().only_row().username.as_str()), (0, "Bob"));
    });
}
