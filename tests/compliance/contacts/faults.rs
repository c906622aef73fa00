//! Phones that misbehave.

use super::{hang_up, store, text, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{now, until, Agent, Answer};

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
        hang_up(&server, gone);
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
        let server = to_contacts().modparam("registrar", "contact_max_size", 1100).start();
        store(&server, &["hello"]);
        let bob = server.agent("bob");
        let long = format!("{};x={}", bob.contact(), "a".repeat(1000));
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
fn a_phone_that_registers_again_before_a_message_has_timed_out_gets_the_others_when_it_has() {
    differs(|| {
        let server = to_contacts().modparam("tm", "fr_timer", 1_500).start();
        store(&server, &["1", "2", "3"]);
        let bob = server.agent("bob");
        bob.answer_with(|message| if text(message) == "1" { Answer::Silence } else { Answer::Ok });
        bob.register();
        assert_eq!(texts(&bob, 1), ["1"]);
        bob.register();
        assert_eq!(texts(&bob, 3), ["2", "3", "1"]);
        server.wait_for_statistic("dumped_messages", 2);
    });
}

#[test]
fn a_contact_that_is_removed_while_its_message_is_in_flight_gets_no_other() {
    differs(|| {
        // Until the phone answers, whenever that is, the transaction is there.
        let server = to_contacts().modparam("tm", "fr_timer", 30_000).start();
        store(&server, &["1", "2"]);
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        bob.unregister();
        // The look at the contacts is taken once a second.
        let end = now() + 2;
        until("the server's clock has gone on for two seconds", || now() > end);
        bob.reply(&first, 200, "OK");
        until("the first row is gone", || server.table().count() == 1);
        server.settle();
        assert_eq!(bob.waiting(), 0);
    });
}

#[test]
fn a_contact_that_expires_while_its_message_is_in_flight_gets_no_other_until_it_registers_again() {
    differs(|| {
        let server = to_contacts().modparam("tm", "fr_timer", 30_000).modparam("registrar", "min_expires", 1).start();
        store(&server, &["1", "2"]);
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.registration().contact(&format!("<{}>", bob.contact())).expires(1).send().expect_code(200);
        let end = now() + 3;
        let first = bob.receive();
        until("the registration and the last look at it are over", || now() > end);
        bob.reply(&first, 200, "OK");
        until("the first row is gone", || server.table().count() == 1);
        server.settle();
        assert_eq!(bob.waiting(), 0);
        bob.answer(Answer::Ok);
        bob.register();
        assert_eq!(texts(&bob, 1), ["2"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn a_port_that_nobody_listens_at_holds_nobody_and_its_phone_gets_the_message_when_it_is_back() {
    differs(|| {
        let server = to_contacts().modparam("tm", "fr_timer", 500).start();
        store(&server, &["hello"]);
        let gone = server.agent("bob");
        // The kernel answers what is sent there with an ICMP message: no process has the port.
        let nobody = {
            let closed = server.agent("bob");
            closed.contact()
        };
        gone.registration().contact(&format!("<{nobody}>")).expires(60).send().expect_code(200);
        server.wait_for_statistic("failed_messages", 1);
        assert_eq!(server.table().count(), 1, "it waits");
        let bob = server.agent("bob");
        bob.register();
        assert_eq!(texts(&bob, 1), ["hello"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn one_of_three_contacts_is_silent_and_the_others_get_all_in_order() {
    differs(|| {
        let server = to_contacts().modparam("tm", "fr_timer", 500).start();
        store(&server, &["1", "2", "3", "4"]);
        let phones = [server.agent("bob"), server.agent("bob"), server.agent("bob")];
        let [first, silent, last] = &phones;
        silent.answer(Answer::Silence);
        register_all(&phones);
        for phone in [first, last] {
            assert_eq!(texts(phone, 4), ["1", "2", "3", "4"]);
        }
        server.table().wait_until_empty();
        assert_eq!(texts(silent, 1), ["1"]);
        // Its line ends with the 408, unless a dump has found it since; the next one takes it in again, with what there is then.
        silent.answer(Answer::Ok);
        store(&server, &["5"]);
        register_all(&phones);
        for phone in [first, last] {
            assert_eq!(texts(phone, 1), ["5"]);
        }
        server.table().wait_until_empty();
        until("the contact that was silent takes part again", || {
            if silent.waiting() == 0 {
                store(&server, &["more"]);
                first.register();
                server.table().wait_until_empty();
            }
            silent.waiting() > 0
        });
        let got = texts(silent, silent.waiting());
        let held = ["2", "3", "4", "5", "more"];
        assert!(got.iter().all(|text| held.contains(&text.as_str())), "1 is delivered: {got:?}");
    });
}

#[test]
fn a_message_that_gets_the_number_of_one_a_slow_phone_still_has_in_flight_is_not_taken_for_it() {
    differs(|| {
        let server = to_contacts().modparam("tm", "fr_timer", 30_000).start();
        store(&server, &["old"]);
        let phones = [server.agent("bob"), server.agent("bob")];
        let [quick, slow] = &phones;
        slow.answer(Answer::Silence);
        register_all(&phones);
        assert_eq!((texts(quick, 1), texts(slow, 1)), (vec!["old".to_owned()], vec!["old".to_owned()]));
        // SQLite gives the number of the last row away again, as soon as that row is gone.
        server.table().wait_until_empty();
        store(&server, &["new"]);
        quick.register();
        assert_eq!(texts(quick, 1), ["new"]);
        server.table().wait_until_empty();
    });
}

/// One REGISTER for all of them.
fn register_all(phones: &[Agent]) {
    let contacts: Vec<String> = phones.iter().map(|phone| format!("<{}>", phone.contact())).collect();
    phones[0].registration().contact(&contacts.join(", ")).expires(60).send().expect_code(200);
}

#[test]
fn a_window_of_64_is_of_each_contact() {
    differs(|| {
        let server = to_contacts().param("dump_window", 64).modparam("tm", "fr_timer", 30_000).start();
        let wanted: Vec<String> = (0..70).map(|number| number.to_string()).collect();
        store(&server, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
        let phones = [server.agent("bob"), server.agent("bob")];
        let [quick, slow] = &phones;
        slow.answer(Answer::Silence);
        register_all(&phones);
        let numbers = |agent: &Agent, count| {
            let mut numbers: Vec<u32> = texts(agent, count).iter().map(|text| text.parse().unwrap()).collect();
            numbers.sort_unstable();
            numbers
        };
        assert_eq!(numbers(quick, 70), (0..70).collect::<Vec<_>>());
        server.table().wait_until_empty();
        let pending = slow.receive_all(64);
        server.settle();
        assert_eq!(slow.waiting(), 0, "64 are pending there");
        slow.answer(Answer::Ok);
        slow.reply(&pending[0], 200, "OK");
        assert_eq!(texts(slow, 6), ["64", "65", "66", "67", "68", "69"], "each answer lets another one go");
    });
}

#[test]
fn a_contact_that_cannot_be_sent_to_leaves_at_once_and_the_others_get_all() {
    differs(|| {
        let server = to_contacts().start();
        server.expect_log_error("");
        for contact in
            ["sips:bob@127.0.0.1:5061", "sip:bob@127.0.0.1;transport=sctp", "sip:bob@127.0.0.1;transport=tls"]
        {
            store(&server, &["1", "2"]);
            let bob = server.agent("bob");
            let both = format!("<{contact}>, <{}>", bob.contact());
            bob.registration().contact(&both).expires(60).send().expect_code(200);
            assert_eq!(texts(&bob, 2), ["1", "2"], "{contact}");
            server.table().wait_until_empty();
            bob.unregister();
        }
    });
}
