//! Values that are longer than their column, and a body that is longer than most.

use crate::databases::datagrams_of_64_kilobytes;
use crate::differences::differs;
use crate::harness::{database_under_test, Kind, Server, ServerBuilder};
use crate::skip::only_on;

/// The databases whose columns have a width.
const WITH_WIDTHS: [Kind; 2] = [Kind::Mysql, Kind::Postgres];
const NO_WIDTHS: &str = "columns have no width there";

/// A long From and a long user: refused before the INSERT, in words, and nothing is cut.
#[track_caller]
fn expect_refused(builder: ServerBuilder) {
    let server = builder.start();
    server.expect_log_error("takes");
    // The registrar takes shorter addresses still.
    server.expect_log_error("ERROR: registrar");
    let alice = server.agent("alice");
    let long_user = "u".repeat(70);
    alice.message(&long_user).text("hello").send().expect_code(503);
    server.wait_for_log("column username takes 64 characters and");
    let long_sender = server.agent(&"a".repeat(300));
    long_sender.message("bob").text("hello").send().expect_code(503);
    server.wait_for_log("column src_addr takes 255 characters and");
    assert_eq!(server.table().count(), 0);
    // What just fits is stored whole.
    let fits = "u".repeat(64);
    alice.message(&fits).text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().username, fits);
}

#[test]
fn what_does_not_fit_its_column_is_refused_and_never_cut() {
    if only_on(&WITH_WIDTHS, NO_WIDTHS) {
        differs(|| expect_refused(Server::builder()));
    }
}

#[test]
fn a_mariadb_that_is_not_strict_cuts_nothing_either() {
    if only_on(&[Kind::Mysql], "only MariaDB has a mode that cuts") {
        differs(|| expect_refused(Server::builder().own_database_server(&["--sql-mode="])));
    }
}

/// C: the SQL drivers refuse more than 32 KB.
#[test]
fn a_body_of_58_kilobytes_is_stored_and_delivered() {
    differs(|| {
        let server = datagrams_of_64_kilobytes().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let first = if database_under_test() == Kind::Text { 1 } else { 0 };
        let body: Vec<u8> = (0..58_000_usize).map(|at| (first + at % (256 - first)) as u8).collect();
        alice.message("bob").body("application/octet-stream", &body).send().expect_code(202);
        assert!(server.table().only_row().body == body, "the body in the table is another");
        bob.register();
        assert!(bob.receive().body() == body, "the body that came is another");
        server.table().wait_until_empty();
    });
}
