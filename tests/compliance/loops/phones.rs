//! Phones that do not take what they are sent.

use super::{expect_failures, expect_rows_of_bob, stored, storing, wait_for_answer, wait_for_results, wait_until_back};
use crate::differences::differs;
use crate::harness::{until, Agent, Answer, NewRow, Server};

/// Bob's phone registers so often, and refuses what it is sent each time.
#[track_caller]
fn refuse(server: &Server, bob: &Agent, times: usize) -> Vec<String> {
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    let texts = (0..times).map(|_| {
        bob.register();
        let message = bob.receive();
        wait_until_back(server, &message);
        message.text()
    });
    texts.collect()
}

/// C: the 202 of the script deletes the original, and a copy takes its place, with a date more in its text each time.
#[test]
fn what_a_phone_refuses_thirty_times_is_the_row_that_it_was() {
    differs(|| {
        let server = storing().start();
        let row = stored(&server, "hello");
        let texts = refuse(&server, &server.agent("bob"), 30);
        expect_rows_of_bob(&server, &[row]);
        assert!(texts.iter().all(|text| text == &texts[0]), "the last is {:?}", texts.last());
        let counted = ["failed_messages", "dumped_messages", "stored_messages"].map(|name| server.statistic(name));
        assert_eq!(counted, [30, 30, 31], "those of settle() are delivered, and stored");
    });
}

/// C: the same.
#[test]
fn what_was_refused_is_delivered_with_its_own_date() {
    differs(|| {
        let server = storing().start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.inc_time -= 1000;
        server.table().insert(&row);
        let bob = server.agent("bob");
        let refused = refuse(&server, &bob, 1);
        bob.answer(Answer::Ok);
        bob.register();
        let message = bob.receive();
        assert_eq!(message.text(), refused[0]);
        assert_eq!(message.header("Date"), Some(crate::harness::sip_date(row.inc_time).as_str()));
        server.table().wait_until_empty();
    });
}

/// With the `fr_timer` of Kamailio's own example, which counts in milliseconds today. C stores each of them again at
/// each REGISTER.
#[test]
fn a_phone_slower_than_fr_timer_leaves_the_rows_as_they_are() {
    differs(|| {
        let server = storing().modparam("tm", "fr_timer", 10).start();
        let bob = server.agent("bob");
        let row = |number: usize| NewRow::text("alice", "bob", server.domain(), &number.to_string());
        server.table().insert_all(&(1..=3).map(row).collect::<Vec<_>>());
        let rows = server.table().rows();
        bob.answer(Answer::Silence);
        for round in 1..=3 {
            bob.register();
            let message = bob.receive();
            wait_for_answer(&server, &message);
            expect_rows_of_bob(&server, &rows);
            wait_for_results(&server, round);
            bob.reply(&message, 200, "OK");
        }
        server.settle();
        expect_rows_of_bob(&server, &rows);
    });
}

/// C: the same.
#[test]
fn a_phone_that_never_answers_leaves_the_row_as_it_is() {
    differs(|| {
        let server = storing().modparam("tm", "fr_timer", 600).start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        wait_until_back(&server, &bob.receive());
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
    });
}

/// m_dump() is called for somebody who is not there. C: the message comes back as another one.
#[test]
fn what_finds_nobody_stays_as_it_is() {
    differs(|| {
        let routes = super::ROUTES.replace("{STORE}", super::STORE_AND_ANSWER);
        let routes = routes.replace(
            "if (save(\"location\"))",
            "if ($fU == \"bob\") sl_send_reply(\"200\", \"OK\"); else save(\"location\");",
        );
        let server = Server::builder().script(|script| script.routes = Some(routes)).start();
        let row = stored(&server, "hello");
        server.agent("bob").register();
        until("it came back", || server.log().count("answered ") == 2);
        server.settle();
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
    });
}

/// C: each of them is another row, whose date and text are others.
#[test]
fn many_refusals_at_once_leave_every_row_as_it_is() {
    differs(|| {
        let server = storing().children(4).start();
        let users = ["bob", "carol", "dave", "erin"].map(|user| server.agent(user));
        for user in &users {
            let row = |number: usize| NewRow::text("alice", user.name(), server.domain(), &number.to_string());
            server.table().insert_all(&(0..20).map(row).collect::<Vec<_>>());
            user.answer(Answer::Code(488, "Not Acceptable Here"));
        }
        let rows = server.table().rows();
        users.iter().for_each(|user| user.register());
        users.iter().for_each(|user| drop(user.receive_all(20)));
        until("all have come back", || server.log().count("answered ") == 80);
        assert_eq!(server.table().rows(), rows, "the rows are others");
        wait_for_results(&server, 80);
        assert_eq!(server.table().rows(), rows, "the rows are others");
    });
}

/// C: it notifies of each copy.
#[test]
fn the_sender_is_not_notified_again() {
    differs(|| {
        let server = storing().param("from_address", "sip:msilo@example.test");
        let server = server.param("content_type_hdr", "Content-Type: text/plain\r\n");
        let server = server.param("offline_message", "he is offline").start();
        let alice = server.agent("alice");
        alice.register();
        alice.message("bob").text("hello").send().expect_code(202);
        alice.receive();
        refuse(&server, &server.agent("bob"), 1);
        assert_eq!(alice.waiting(), 0, "notified again");
    });
}

/// C: there is no room for the copy, and the script's 503 keeps the original: as it should be.
#[test]
fn a_message_comes_back_into_a_full_inbox() {
    let server = storing().param("max_messages", 1).param("check_time", 1).start();
    let row = stored(&server, "hello");
    server.expect_log_error("ERROR: msilo");
    let bob = server.agent("bob");
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    bob.register();
    bob.receive();
    wait_for_results(&server, 1);
    expect_rows_of_bob(&server, &[row]);
}
