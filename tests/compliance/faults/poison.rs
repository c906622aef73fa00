//! Messages that a phone never answers, because it chokes on them, or the path is too narrow for them.

use super::fill;
use crate::differences::differs;
use crate::harness::{until, Agent, Answer, NewRow, Server, ServerBuilder};

/// Five messages for bob, whose phone never answers some of them.
fn poisoned(builder: ServerBuilder, poison: &'static [&'static str]) -> (Server, Agent) {
    let server = builder.modparam("tm", "fr_timer", 600).start();
    let bob = server.agent("bob");
    fill(&server, "bob", 5);
    bob.answer_with(|message| match poison.contains(&message.text().as_str()) {
        true => Answer::Silence,
        false => Answer::Ok,
    });
    (server, bob)
}

/// A REGISTER of bob, after which so many messages have failed in all. Gives what has come.
#[track_caller]
fn register(server: &Server, bob: &Agent, failed: i64) -> String {
    bob.register();
    server.wait_for_statistic("failed_messages", failed);
    let got: Vec<String> = bob.receive_all(bob.waiting()).iter().map(|message| message.text()).collect();
    got.join(" ")
}

#[test]
fn a_message_that_is_never_answered_does_not_keep_the_others_from_being_delivered() {
    let (server, bob) = poisoned(Server::builder(), &["1"]);
    bob.register();
    server.wait_for_statistic("failed_messages", 1);
    bob.register();
    until("the others are delivered", || server.table().count() == 1);
    assert_eq!(server.table().only_row().body, b"1");
}

/// C sends all at each REGISTER.
#[test]
fn after_as_many_registers_as_there_are_messages_without_an_answer_all_others_are_delivered() {
    differs(|| {
        let (server, bob) = poisoned(Server::builder(), &["1", "3"]);
        let got = [1, 2, 3].map(|failed| register(&server, &bob, failed));
        assert_eq!(got, ["1", "2 3", "4 5 1"]);
        until("the others are gone", || server.table().count() == 2);
    });
}

/// C has no such parameter.
#[test]
fn with_a_window_of_two_what_was_not_answered_comes_last() {
    differs(|| {
        let (server, bob) = poisoned(Server::builder().children(1).param("dump_window", 2), &["1", "2"]);
        let got = [2, 4].map(|failed| register(&server, &bob, failed));
        assert_eq!(got, ["1 2", "3 4 5 1 2"]);
    });
}

/// C: `m_dump()` has no such argument.
#[test]
fn a_dump_of_one_message_passes_over_the_one_that_was_not_answered() {
    differs(|| {
        let builder = Server::builder().script(|script| script.dump = "m_dump(\"$fu\", \"1\")".into());
        let (server, bob) = poisoned(builder, &["1"]);
        assert_eq!(register(&server, &bob, 1), "1");
        bob.register();
        assert_eq!(bob.receive().text(), "2");
        until("the second is gone", || server.table().count() == 4);
    });
}

/// A reminder is an ordinary message once it has failed. C sends all at once, in no order.
#[test]
fn a_reminder_that_was_not_answered_comes_after_the_ordinary_messages() {
    differs(|| {
        let server = Server::builder().modparam("tm", "fr_timer", 600).param("send_time", 1);
        let server = server.param("reminder", "sip:reminder@example.test").start();
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let mut reminder = NewRow::text("alice", "bob", server.domain(), "wake up");
        (reminder.ctype, reminder.snd_time) = ("text/x-reminder".into(), 1);
        server.table().insert(&reminder);
        server.wait_for_statistic("failed_reminders", 1);
        until("it is an ordinary message", || server.table().only_row().snd_time == 0);
        fill(&server, "bob", 2);
        bob.answer(Answer::Ok);
        bob.register();
        let got: Vec<String> = bob.receive_all(4).iter().map(|message| message.text()).collect();
        assert_eq!(got, ["wake up", "1", "2", "wake up"]);
    });
}
