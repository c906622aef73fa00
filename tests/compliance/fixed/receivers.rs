//! Who can receive: `methods` of the contact decides, `Allow` where it has none.

use crate::differences::differs;
use crate::harness::{NewRow, Server};

/// Registers a contact with these parameters and no header Allow, and proves that nothing is sent to it.
#[track_caller]
fn expect_nothing_sent(parameters: &str) {
    let server = Server::start();
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    let contact = format!("<{}>{parameters}", bob.contact());
    bob.registration().contact(&contact).expires(3600).send().expect_code(200);
    server.settle();
    let first = server.log().line_with("m_dump returned").unwrap_or_default();
    assert!(first.ends_with("m_dump returned -1"), "{first}");
    assert_eq!(bob.waiting(), 0, "bob got a message");
}

/// C takes every contact for one that can receive where there is no Allow.
#[test]
fn a_contact_whose_methods_lack_message_gets_nothing_without_allow() {
    differs(|| {
        expect_nothing_sent(";methods=\"INVITE,BYE\"");
    });
}

/// C takes every contact for one that can receive where there is no Allow.
#[test]
fn a_contact_with_empty_methods_gets_nothing_without_allow() {
    differs(|| {
        expect_nothing_sent(";methods=\"\"");
    });
}
