//! Phones that misbehave.

use super::{store, text, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{until, Answer};

#[test]
fn a_closed_tcp_connection_is_not_waited_for_and_the_message_waits() {
    differs(|| {
        let server = to_contacts().tcp().global("tcp_connect_timeout=1").start();
        server.expect_log_error("tcpconn_1st_send()");
        server.expect_log_error("tcp_send failed");
        server.expect_log_error("Attempt to send to precreated request failed");
        let gone = server.tcp_agent("bob");
        let port = gone.address();
        store(&server, &["hello"]);
        gone.answer(Answer::Silence);
        drop(gone);
        let bob = server.agent("bob");
        let contact = format!("<sip:bob@{port};transport=tcp>, <{}>", bob.contact());
        bob.registration().contact(&contact).expires(60).send().expect_code(200);
        assert_eq!(texts(&bob, 1), ["hello"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn fifty_contacts_get_a_message_each() {
    differs(|| {
        let server = to_contacts().modparam("registrar", "max_contacts", 60).start();
        store(&server, &["hello"]);
        let phones: Vec<_> = (0..50).map(|_| server.agent("bob")).collect();
        let contacts: Vec<String> = phones.iter().map(|phone| format!("<{}>", phone.contact())).collect();
        phones[0].registration().contact(&contacts.join(", ")).expires(60).send().expect_code(200);
        phones.iter().for_each(|phone| assert_eq!(texts(phone, 1), ["hello"]));
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_messages", 1);
    });
}

#[test]
fn a_contact_address_of_a_kilobyte_is_reached() {
    differs(|| {
        let server = to_contacts().modparam("usrloc", "db_mode", 0).start();
        store(&server, &["hello"]);
        let bob = server.agent("bob");
        let long = format!("{};x={}", bob.contact(), "a".repeat(200));
        bob.registration().contact(&format!("<{long}>")).expires(60).send().expect_code(200);
        let message = bob.receive();
        assert_eq!((text(&message).as_str(), message.uri()), ("hello", long.as_str()));
        server.table().wait_until_empty();
    });
}

#[test]
fn a_register_from_another_port_in_the_middle_is_served_there() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["1", "2", "3"]);
        let (old, new) = (server.agent("bob"), server.agent("bob"));
        old.answer(Answer::Silence);
        old.register();
        assert_eq!(texts(&old, 1), ["1"]);
        new.register();
        assert_eq!(texts(&new, 3), ["1", "2", "3"]);
        server.table().wait_until_empty();
        assert_eq!(old.waiting(), 0);
    });
}

#[test]
fn a_contact_that_is_removed_while_its_message_is_in_flight_gets_no_other() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["1", "2"]);
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        bob.unregister();
        // The look at the contacts is taken once a second.
        until("the server's clock has gone on for two seconds", {
            let begin = std::time::Instant::now();
            move || begin.elapsed().as_secs() >= 2
        });
        bob.reply(&first, 200, "OK");
        until("the first row is gone", || server.table().count() == 1);
        server.settle();
        assert_eq!(bob.waiting(), 0);
    });
}
