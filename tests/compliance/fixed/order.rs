//! RFC 3428 section 8: one MESSAGE transaction at a time towards a URI.

use crate::differences::differs;
use crate::harness::{Answer, NewRow, Server};

/// C sends all at once, and the SIP processes overtake each other.
#[test]
fn two_hundred_messages_arrive_in_order_through_eight_processes() {
    differs(|| {
        let server = Server::builder().children(8).start();
        let bob = server.agent("bob");
        for number in 0..200 {
            let mut row = NewRow::text("alice", "bob", server.domain(), &number.to_string());
            row.ctype = "text/x-number".into();
            server.table().insert(&row);
        }
        bob.register();
        let got: Vec<String> = bob.receive_all(200).iter().map(|message| message.text()).collect();
        let wanted: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        assert!(got == wanted, "the order is {got:?}");
        server.table().wait_until_empty();
    });
}

/// C sends all at once.
#[test]
fn the_next_message_is_sent_when_the_one_before_is_answered() {
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        for body in ["one", "two"] {
            server.table().insert(&NewRow::text("alice", "bob", server.domain(), body));
        }
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent before the answer");
        assert!(first.text().ends_with("] one"));
        bob.answer(Answer::Ok);
        bob.reply(&first, 200, "OK");
        assert!(bob.receive().text().ends_with("] two"));
        server.table().wait_until_empty();
    });
}

/// C: the same as without it, all at once.
#[test]
fn a_window_of_three_allows_three_in_flight() {
    differs(|| {
        let server = Server::builder().param("dump_window", 3).start();
        let bob = server.agent("bob");
        for number in 0..5 {
            server.table().insert(&NewRow::text("alice", "bob", server.domain(), &number.to_string()));
        }
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive_all(3);
        server.settle();
        assert_eq!(bob.waiting(), 0);
        bob.answer(Answer::Ok);
        for message in &first {
            bob.reply(message, 200, "OK");
        }
        bob.receive_all(2);
        server.table().wait_until_empty();
    });
}
