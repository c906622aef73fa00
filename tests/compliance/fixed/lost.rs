//! Nothing is lost, nothing is stuck.

use std::thread;

use crate::differences::differs;
use crate::harness::{now, until, Answer, NewRow, Server};
use crate::skip::through_the_address_of_record;

/// C: every m_dump() for this user ends at the message that does not fit its buffer.
#[test]
fn a_message_with_large_headers_does_not_block_the_ones_behind_it() {
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "first");
        row.extra_hdrs = format!("X-Long: {}\r\n", "x".repeat(3000)).into_bytes();
        server.table().insert(&row);
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "second"));
        bob.register();
        until("the second message arrives", || {
            bob.receive_within(std::time::Duration::from_secs(10))
                .is_some_and(|message| message.text().ends_with("] second"))
        });
        server.table().wait_until_empty();
    });
}

/// C never tries it again until a restart, and counts nothing.
#[test]
fn a_message_that_tm_cannot_send_is_counted_and_tried_again() {
    if !through_the_address_of_record("the stored address does not say where to") {
        return;
    }
    differs(|| {
        let server = Server::builder().without_param("outbound_proxy").start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.dst_addr = "sip:bob@127.0.0.1:9;transport=sctp".into();
        server.table().insert(&row);
        bob.register();
        server.wait_for_statistic("failed_messages", 1);
        bob.register();
        server.wait_for_statistic("failed_messages", 2);
        assert_eq!(server.table().count(), 1);
    });
}

/// C never dumps it and never sends it.
#[test]
fn snd_time_is_ignored_without_reminders() {
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.snd_time = now() + 1000;
        server.table().insert(&row);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

/// C refuses it, although its documentation promises the To URI.
#[test]
fn a_request_uri_without_a_user_falls_back_to_the_to_uri() {
    differs(|| {
        let builder = Server::builder();
        let server = builder.script(|script| script.store = "m_store()".into()).start();
        let alice = server.agent("alice");
        let message = alice.message("bob");
        message.uri("sip:example.test").text("hello").send().expect_code(202);
        assert_eq!(server.table().only_row().username, "bob");
    });
}

/// C on PostgreSQL and SQLite looks in another inbox.
#[test]
fn a_domain_in_another_letter_case_is_the_same_inbox() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("sip:bob@EXAMPLE.Test").text("hello").send().expect_code(202);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

/// C stored the row as it was written.
#[test]
fn a_row_that_c_stored_with_a_domain_in_another_letter_case_is_delivered() {
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.domain = "Example.TEST".into();
        server.table().insert(&row);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

/// C: 380 of 400 end in 503, "database is locked".
#[test]
fn many_senders_at_once_are_all_accepted_on_sqlite() {
    differs(|| {
        let server = Server::builder().children(8).start();
        let send = &|sender: usize| -> Vec<u16> {
            let agent = server.agent(&format!("sender-{sender}"));
            (0..10).map(|number| agent.message("bob").text(&number.to_string()).send().code()).collect()
        };
        let codes: Vec<u16> = thread::scope(|scope| {
            let senders: Vec<_> = (0..16).map(|sender| scope.spawn(move || send(sender))).collect();
            senders.into_iter().flat_map(|sender| sender.join().unwrap_or_default()).collect()
        });
        let refused = codes.iter().filter(|code| **code == 503).count();
        assert!(refused == 0, "refused with 503: {refused} of {}", codes.len());
        assert_eq!(codes, [202; 160]);
        assert_eq!(server.table().count(), 160);
    });
}

/// C sends the whole inbox to a phone that does not answer.
#[test]
fn after_a_timeout_the_rest_of_the_inbox_waits_for_the_next_register() {
    differs(|| {
        let server = Server::builder().modparam("tm", "fr_timer", 600).start();
        let bob = server.agent("bob");
        for body in ["one", "two", "three"] {
            server.table().insert(&NewRow::text("alice", "bob", server.domain(), body));
        }
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent without an answer to the one before");
        assert!(first.text().ends_with("] one"));
        server.wait_for_statistic("failed_messages", 1);
        server.settle();
        assert_eq!(bob.waiting(), 0);
        bob.answer(Answer::Ok);
        bob.register();
        let bodies: Vec<String> = bob.receive_all(3).iter().map(|message| message.text()).collect();
        // What was not answered comes last.
        assert!(bodies[0].ends_with("two") && bodies[1].ends_with("three") && bodies[2].ends_with("one"), "{bodies:?}");
        server.table().wait_until_empty();
    });
}
