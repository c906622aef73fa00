//! Phones that do not answer, or answer badly.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::{all, fill, numbers, sorted};
use crate::differences::differs;
use crate::harness::{until, Agent, Answer, Server, SipMessage};

fn number(message: &SipMessage) -> usize {
    message.text().parse().expect("the body is a number")
}

/// Has the phone answer what `answer` says for the number of each message, and note which numbers it took.
fn answering(agent: &Agent, mut answer: impl FnMut(usize) -> Answer + Send + 'static) -> Arc<Mutex<Vec<usize>>> {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&taken);
    agent.answer_with(move |message| {
        let answer = answer(number(message));
        if answer == Answer::Ok {
            notes.lock().expect("the notes are whole").push(number(message));
        }
        answer
    });
    taken
}

/// Waits until so many messages were given up, or more.
#[track_caller]
fn wait_for_failures(server: &Server, count: i64) {
    until(&format!("{count} messages were given up"), || server.statistic("failed_messages") >= count);
}

/// C sends all 1000 at each REGISTER.
#[test]
fn a_silent_phone_gets_one_message_for_each_register() {
    differs(|| {
        let server = Server::builder().modparam("tm", "fr_timer", 700).start();
        let bob = server.agent("bob");
        fill(&server, "bob", 1000);
        bob.answer(Answer::Silence);
        for register in 1..=3 {
            bob.register();
            let first = numbers(&bob, 1);
            wait_for_failures(&server, register);
            assert_eq!(bob.waiting(), 0, "more than one message");
            assert_eq!(first, [usize::try_from(register).expect("a small number")]);
            server.settle();
            assert_eq!(bob.waiting(), 0, "more than one message");
        }
        assert!(bob.retransmissions() >= 3, "a MESSAGE without an answer is retransmitted");
        bob.answer(Answer::Ok);
        bob.register();
        // What was not answered comes last.
        assert_eq!(numbers(&bob, 1000), (4..=1000).chain(1..=3).collect::<Vec<_>>());
        server.table().wait_until_empty();
    });
}

/// C: the same.
#[test]
fn what_a_phone_refuses_waits_and_does_not_hold_up_the_rest() {
    let server = Server::start();
    let bob = server.agent("bob");
    fill(&server, "bob", 100);
    let taken = answering(&bob, |number| match number % 10 {
        3 => Answer::Code(415, "Unsupported Media Type"),
        _ => Answer::Ok,
    });
    bob.register();
    assert_eq!(sorted(numbers(&bob, 100)), all(100));
    server.wait_for_statistic("failed_messages", 10);
    until("what was taken is gone", || server.table().count() == 10);
    assert_eq!(taken.lock().expect("the notes are whole").len(), 90);

    bob.answer(Answer::Ok);
    bob.register();
    let refused: Vec<usize> = (0..10).map(|ten| ten * 10 + 3).collect();
    assert_eq!(sorted(numbers(&bob, 10)), refused);
    server.table().wait_until_empty();
    assert_eq!(bob.waiting(), 0);
}

/// C sends the other 95 into the void, and all of them again at the next REGISTER.
#[test]
fn a_phone_that_disappears_after_five_messages_gets_the_others_once_when_it_is_back() {
    differs(|| {
        let server = Server::builder().modparam("tm", "fr_timer", 700).start();
        let bob = server.agent("bob");
        fill(&server, "bob", 100);
        let mut left = 5;
        let taken = answering(&bob, move |_| {
            left -= i32::from(left > 0);
            if left > 0 {
                Answer::Ok
            } else {
                Answer::Silence
            }
        });
        bob.register();
        let first = numbers(&bob, 5);
        wait_for_failures(&server, 1);
        assert_eq!(bob.waiting(), 0, "more was sent into the void");
        assert_eq!(first, all(5));
        server.settle();
        assert_eq!(bob.waiting(), 0, "more was sent into the void");
        let before: HashSet<usize> = taken.lock().expect("the notes are whole").iter().copied().collect();
        assert_eq!(before.len(), 4);

        let taken = answering(&bob, |_| Answer::Ok);
        bob.register();
        // The fifth was not answered, so it comes last.
        assert_eq!(numbers(&bob, 96), (6..=100).chain([5]).collect::<Vec<_>>());
        server.table().wait_until_empty();
        assert_eq!(bob.waiting(), 0);
        assert!(
            taken.lock().expect("the notes are whole").iter().all(|number| !before.contains(number)),
            "taken twice"
        );
    });
}
