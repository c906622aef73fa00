//! What standards say of messages that wait: who is writing (RFC 3994), what is left of a message's time (RFC 3428),
//! and notifications for its sender (RFC 5438).

mod imdn;

use crate::differences::differs;
use crate::harness::{now, NewRow, Server};

const COMPOSING: &[u8] = b"<?xml version=\"1.0\"?><isComposing><state>active</state></isComposing>";

/// C stores it, and delivers it days later.
#[test]
fn who_is_writing_is_accepted_and_not_stored() {
    differs(|| {
        let notifying = Server::builder().param("from_address", "sip:registrar@example.test");
        let notifying = notifying.param("content_type_hdr", "Content-Type: text/plain\r\n");
        let server = notifying.param("offline_message", "$rU is offline").debug(3).start();
        let alice = server.agent("alice");
        let contact = format!("<{}>", alice.contact());
        let draft = alice.message("bob").contact(&contact).body("application/im-iscomposing+xml", COMPOSING);
        draft.send().expect_code(202);
        server.wait_for_log("m_store returned 1");
        assert_eq!(server.table().count(), 0, "rows");
        server.wait_for_log("sip:alice@example.test is writing something, nothing stored");
        assert_eq!(server.statistic("stored_messages"), 0);
        server.settle();
        assert_eq!(alice.waiting(), 0, "a notification");
    });
}

#[test]
fn who_is_writing_inside_a_cpim_is_not_stored_either() {
    differs(|| {
        let server = Server::start();
        let head = "From: <im:alice@example.test>\r\nTo: <im:bob@example.test>\r\n\r\n\
                    Content-Type: application/im-iscomposing+xml\r\n\r\n";
        let body = [head.as_bytes(), COMPOSING].concat();
        server.agent("alice").message("bob").body("message/cpim", &body).send().expect_code(202);
        server.wait_for_log("m_store returned 1");
        assert_eq!(server.table().count(), 0, "rows");
    });
}

/// The seconds in the header Expires of the message that bob gets.
#[track_caller]
fn time_left(server: &Server) -> i64 {
    let bob = server.agent("bob");
    bob.register();
    let message = bob.receive();
    let left = message.header("Expires").unwrap_or_else(|| panic!("no Expires in {message:?}"));
    assert_eq!(message.all("Expires").len(), 1);
    left.parse().expect("a number of seconds")
}

/// C sends none: a server that has to store the message keeps it for another full term.
#[test]
fn what_is_left_of_its_time_goes_out_with_a_message() {
    differs(|| {
        let server = Server::start();
        server.agent("alice").message("bob").expires(1000).text("hello").send().expect_code(202);
        let left = time_left(&server);
        assert!((900..=1000).contains(&left), "{left}");
    });
}

#[test]
fn of_a_message_that_is_old_less_is_left_and_never_less_than_one() {
    differs(|| {
        let server = Server::start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        (row.inc_time, row.exp_time) = (now() - 5000, now() + 500);
        row.extra_hdrs = b"Expires: 5500\r\nX-Kept: yes\r\n".to_vec();
        server.table().insert(&row);
        let left = time_left(&server);
        assert!((1..=500).contains(&left), "{left}");
    });
}
