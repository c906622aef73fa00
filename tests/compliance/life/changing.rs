//! An operator changes from the C module to ours, or back: what the one has stored the other delivers.

use crate::harness::{now, under_test, Kind, Server, SipMessage, Under};
use crate::skip::{only_on, skipped};

/// A server that stores with one module and delivers with the other.
struct Change {
    from: Under,
    to: Under,
}

const TO_OURS: Change = Change { from: Under::Theirs, to: Under::Ours };
const TO_THEIRS: Change = Change { from: Under::Ours, to: Under::Theirs };

impl Change {
    /// What bob gets of a message from alice with this content type.
    fn delivered(&self, content_type: &str) -> SipMessage {
        let mut server = Server::start();
        server.change_to(self.from);
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let message = alice.message("bob").body(content_type, b"hello").header("X-Kept: yes");
        message.send().expect_code(202);
        server.change_to(self.to);
        bob.register();
        let message = bob.receive();
        server.table().wait_until_empty();
        message
    }
}

/// Whether both modules are there and C can store with the database; says so when not.
fn with_both() -> bool {
    if under_test() == Under::Theirs {
        skipped("the run with our module has both");
        return false;
    }
    only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "C cannot store in the stock table of db_text")
}

#[test]
fn what_c_has_stored_ours_delivers() {
    if with_both() {
        let message = TO_OURS.delivered("text/plain");
        assert!(message.text().ends_with("] hello"), "{}", message.text());
        assert_eq!(message.header("Content-Type"), Some("text/plain"));
        assert_eq!(message.header("X-Kept"), Some("yes"));
    }
}

#[test]
fn what_ours_has_stored_c_delivers() {
    if with_both() {
        let message = TO_THEIRS.delivered("text/plain;charset=utf-8");
        assert!(message.text().ends_with("hello"), "{}", message.text());
        assert_eq!(message.header("Content-Type"), Some("text/plain;charset=utf-8"));
        assert_eq!(message.header("X-Kept"), Some("yes"));
    }
}

/// It stands among the stored headers, which C sends as they are.
#[test]
fn a_content_type_too_long_for_its_column_reaches_the_phone_through_c_too() {
    if with_both() {
        let long = "multipart/mixed;boundary=\"a boundary of more than thirty-two characters\"";
        let message = TO_THEIRS.delivered(long);
        assert_eq!(message.header("Content-Type"), Some(long));
        assert!(message.text().ends_with("hello"), "{}", message.text());
    }
}

/// C sends what stands in the column of the sender, and the name among the headers as one more header of no meaning.
#[test]
fn a_name_that_no_column_holds_does_not_keep_c_from_sending_a_correct_request() {
    if !with_both() {
        return;
    }
    let mut server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let message = alice.message("bob").from("José \u{1f600} <sip:alice@example.test>;tag=1");
    message.body("text/plain;name=\"é.txt\"", b"hello").send().expect_code(202);
    assert_eq!(server.table().only_row().src_addr, "sip:alice@example.test");
    server.change_to(Under::Theirs);
    bob.register();
    let message = bob.receive();
    let from = message.header("From").unwrap_or_default();
    assert!(from.starts_with("<sip:alice@example.test>;tag="), "From is {from}");
    assert_eq!(message.header("Content-Type"), Some("text/plain"));
    assert!(message.text().ends_with("hello"), "{}", message.text());
    assert!(message.added().iter().all(|line| line.is_ascii()), "{:?}", message.added());
    server.table().wait_until_empty();
}

/// It stands among the stored headers, too.
#[test]
fn a_text_that_came_without_a_content_type_reaches_the_phone_through_c_too() {
    if !with_both() {
        return;
    }
    let mut server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").no_content_type().send().expect_code(202);
    server.change_to(Under::Theirs);
    bob.register();
    let message = bob.receive();
    assert_eq!((message.text(), message.all("Content-Type")), ("hello".to_owned(), vec!["text/plain"]));
    server.table().wait_until_empty();
}

#[test]
fn a_reminder_that_ours_has_stored_c_sends() {
    if !with_both() {
        return;
    }
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    let mut server =
        builder.script(|script| script.before_store = "$avp(snd_time) = \"20300102030405\";".into()).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("wake up").send().expect_code(202);
    server.stop();
    server.table().execute(&format!("UPDATE silo SET snd_time = {}", now() - 1));
    server.change_to(Under::Theirs);
    bob.register();
    assert!(bob.receive().text().ends_with("] wake up"));
    server.table().wait_until_empty();
}
