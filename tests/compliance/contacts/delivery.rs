//! Who gets what, and what becomes of the row.

use super::{store, text, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{now, until, Answer, NewRow, Server};
use crate::skip::with_sql;

#[test]
fn a_message_goes_to_the_contact_of_the_register_and_never_through_the_script() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["hello"]);
        let bob = server.agent("bob");
        bob.register();
        let message = bob.receive();
        assert_eq!(text(&message), "hello");
        assert_eq!(message.uri(), bob.contact());
        assert_eq!(message.all("Via").len(), 1, "it came through no other hop");
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_messages", 1);
    });
}

#[test]
fn every_contact_gets_every_message_in_order() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["1", "2", "3"]);
        let phones = [server.agent("bob"), server.agent("bob"), server.agent("bob")];
        // Two of them are there before the one whose REGISTER asks for the messages.
        for phone in &phones[..2] {
            let contact = format!("<{}>;methods=\"INVITE\"", phone.contact());
            phone.registration().contact(&contact).expires(60).send().expect_code(200);
        }
        server.wait_for_log("m_dump returned -1");
        let contacts: Vec<String> = phones.iter().map(|phone| format!("<{}>", phone.contact())).collect();
        phones[2].registration().contact(&contacts.join(", ")).expires(60).send().expect_code(200);
        for phone in &phones {
            assert_eq!(texts(phone, 3), ["1", "2", "3"]);
        }
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_messages", 3);
    });
}

#[test]
fn without_a_contact_nothing_is_sent_and_the_message_waits() {
    differs(|| {
        let server =
            to_contacts().script(|script| script.dump = "m_dump(\"sip:carol@example.test\")".to_owned()).start();
        server.agent("alice").message("carol").text("hello").send().expect_code(202);
        let bob = server.agent("bob");
        bob.register();
        server.wait_for_log("m_dump returned 1");
        let carol = server.agent("carol");
        carol.register();
        assert_eq!(text(&carol.receive()), "hello");
        assert_eq!((bob.waiting(), server.statistic("failed_messages")), (0, 0));
    });
}

#[test]
fn a_refused_message_stays_for_the_next_register_and_is_not_stored_again() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["hello"]);
        let row = server.table().only_row();
        let bob = server.agent("bob");
        for code in [480, 486, 488, 603] {
            bob.answer(Answer::Code(code, "Not Now"));
            bob.register();
            assert_eq!(text(&bob.receive()), "hello");
        }
        server.wait_for_statistic("failed_messages", 4);
        assert_eq!(server.table().only_row(), row);
        bob.answer(Answer::Ok);
        bob.register();
        assert_eq!(text(&bob.receive()), "hello");
        server.table().wait_until_empty();
    });
}

#[test]
fn a_silent_contact_holds_nobody_and_a_register_meanwhile_is_served() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["1", "2"]);
        let (silent, phone) = (server.agent("bob"), server.agent("bob"));
        silent.answer(Answer::Silence);
        let both = format!("<{}>, <{}>", silent.contact(), phone.contact());
        phone.registration().contact(&both).expires(60).send().expect_code(200);
        assert_eq!(texts(&phone, 2), ["1", "2"]);
        store(&server, &["3"]);
        phone.register();
        assert_eq!(texts(&phone, 1), ["3"]);
        server.table().wait_until_empty();
        assert_eq!(texts(&silent, 1), ["1"], "one message is pending there");
    });
}

#[test]
fn registration_means_the_contacts_of_that_register_only() {
    differs(|| {
        let server = Server::builder().param("deliver_to", "registration").without_param("outbound_proxy").start();
        let (first, second) = (server.agent("bob"), server.agent("bob"));
        first.register();
        // Whatever that REGISTER asked for has been looked at by then.
        server.settle();
        store(&server, &["hello"]);
        second.register();
        assert_eq!(texts(&second, 1), ["hello"]);
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(first.waiting(), 0);
    });
}

#[test]
fn a_due_reminder_goes_to_the_contacts_and_waits_as_a_message_where_there_are_none() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = to_contacts()
            .param("reminder", "sip:registrar@example.test")
            .param("send_time", 1)
            .param("snd_time_avp", "$avp(when)")
            .script(|script| script.before_store = "$avp(when) = \"20300101000000\";".to_owned())
            .start();
        for text in ["1", "2"] {
            server.agent("alice").message("bob").text(text).send().expect_code(202);
        }
        let bob = server.agent("bob");
        let due = |id: i64| server.table().execute(&format!("UPDATE silo SET snd_time = 1 WHERE id = {id}"));
        let ids: Vec<i64> = server.table().rows().iter().map(|row| row.id).collect();
        due(ids[0]);
        until("the reminder is an ordinary message", || server.table().rows()[0].snd_time == 0);
        bob.register();
        assert_eq!(texts(&bob, 1), ["1"]);
        due(ids[1]);
        let reminder = bob.receive();
        assert_eq!((text(&reminder).as_str(), reminder.uri()), ("2", bob.contact().as_str()));
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_reminders", 1);
    });
}

#[test]
fn no_more_messages_than_asked_for_go_to_a_contact() {
    differs(|| {
        let server = to_contacts().script(|script| script.dump = "m_dump(\"$tu\", \"1\")".to_owned()).start();
        store(&server, &["1", "2"]);
        let bob = server.agent("bob");
        for wanted in ["1", "2"] {
            bob.register();
            assert_eq!(texts(&bob, 1), [wanted]);
            server.settle();
            assert_eq!(bob.waiting(), 0);
        }
    });
}

/// A script that drops what msilo is about to send, while a switch is on.
const DROPS: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { if (save("location")) m_dump(); exit; }
}

event_route[tm:local-request] {
    if ($shv(refuse) == 1) drop;
}
"#;

#[test]
fn a_message_that_the_script_drops_is_counted_and_waits_for_the_next_register() {
    differs(|| {
        let server = to_contacts().script(|script| script.routes = Some(DROPS.to_owned())).start();
        server.expect_log_error("event_route[tm:local-request] drops it");
        store(&server, &["1", "2"]);
        let bob = server.agent("bob");
        for (switch, failed) in [("1", 1), ("0", 1)] {
            server.rpc().call(&["pv.shvSet", "refuse", "int", switch]).expect("the switch is set");
            bob.register();
            server.wait_for_statistic("failed_messages", failed);
        }
        let mut received = texts(&bob, 2);
        received.sort();
        assert_eq!(received, ["1", "2"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn a_due_reminder_that_the_script_drops_becomes_an_ordinary_message() {
    differs(|| {
        let server = to_contacts()
            .param("reminder", "sip:registrar@example.test")
            .param("send_time", 1)
            .script(|script| script.routes = Some(DROPS.to_owned()))
            .start();
        server.expect_log_error("event_route[tm:local-request] drops it");
        let bob = server.agent("bob");
        bob.register();
        server.rpc().call(&["pv.shvSet", "refuse", "int", "1"]).expect("the switch is set");
        let mut row = NewRow::text("alice", "bob", server.domain(), "wake up");
        row.snd_time = now() - 5;
        server.table().insert(&row);
        server.wait_for_statistic("failed_reminders", 1);
        until("the reminder is an ordinary message", || server.table().only_row().snd_time == 0);
        server.rpc().call(&["pv.shvSet", "refuse", "int", "0"]).expect("the switch is set");
        bob.register();
        assert_eq!(texts(&bob, 1), ["wake up"]);
        server.table().wait_until_empty();
    });
}
