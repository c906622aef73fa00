//! Nothing is sent twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::differences::differs;
use crate::harness::{until, NewRow, Server};
use crate::skip::with_sql;

/// A server with a message for bob, which has been delivered when this returns.
#[track_caller]
fn delivered(server: &Server) {
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    bob.receive();
}

/// C deletes it up to check_time seconds later, here a minute.
#[test]
fn the_row_is_gone_soon_after_its_200_whatever_check_time_is() {
    differs(|| {
        let server = Server::builder().param("check_time", 60).start();
        delivered(&server);
        server.table().wait_until_empty();
    });
}

/// C keeps what was answered since the last check, and sends it again.
#[test]
fn a_clean_stop_deletes_what_was_delivered() {
    differs(|| {
        let mut server = Server::builder().param("check_time", 60).start();
        delivered(&server);
        server.settle();
        server.stop();
        assert_eq!(server.table().count(), 0, "rows after the stop");
    });
}

/// C forgets the id, and sends it again.
#[test]
fn a_message_whose_row_cannot_be_deleted_is_not_sent_again() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = Server::start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.table().refuse_deletes("old.username = 'bob'");
        bob.register();
        bob.receive();
        server.wait_for_log("the trigger refuses");
        bob.register();
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent again");
        server.table().allow_deletes();
        server.table().wait_until_empty();
    });
}

/// C forgets the id before it deletes the row, and a process that has read the row before sends it again.
#[test]
fn registers_while_delivered_rows_are_deleted_bring_nothing_twice() {
    differs(|| {
        let server = Server::builder().children(8).start();
        let bob = server.agent("bob");
        let row = |number: usize| NewRow::text("alice", "bob", server.domain(), &number.to_string());
        server.table().insert_all(&(0..300).map(row).collect::<Vec<_>>());
        // It stays, so that SQLite does not give an id a second time.
        server.table().insert(&NewRow::text("alice", "nobody", server.domain(), "hello"));
        let deleted = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !deleted.load(Ordering::Relaxed) {
                        bob.register();
                    }
                });
            }
            until("bob's rows are deleted", || server.table().count() == 1);
            deleted.store(true, Ordering::Relaxed);
        });
        bob.receive_all(300);
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent again");
    });
}

/// C's DELETE misses it.
#[test]
fn a_row_with_an_id_beyond_31_bits_is_delivered_and_deleted() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        let id = server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.table().widen_ids();
        server.table().execute(&format!("UPDATE silo SET id = 5000000000 WHERE id = {id}"));
        bob.register();
        bob.receive();
        until("the row is deleted", || server.table().count() == 0);
    });
}

/// C has no answer to the first one: without t_newtran() it stores both.
#[test]
fn a_retransmission_without_a_transaction_is_stored_once() {
    differs(|| {
        let routes = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (m_store("$ru")) { sl_send_reply("202", "Accepted"); } else { sl_send_reply("503", "Service Unavailable"); }
}
"#;
        let server = Server::builder().script(|script| script.routes = Some(routes.into())).start();
        let alice = server.agent("alice");
        let request = alice.message("bob").text("hello").bytes();
        alice.exchange_request(&request).expect_code(202);
        alice.exchange_request(&request).expect_code(202);
        assert_eq!(server.table().count(), 1, "rows");
    });
}
