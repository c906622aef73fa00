//! Scripts that do something else with what comes back.

use super::{
    copy, expect_failures, expect_rows_of_bob, in_flight, stored, storing, storing_with, wait_for_answer,
    wait_until_back,
};
use crate::differences::differs;
use crate::harness::{until, Answer, NewRow};

/// A script that gives what bob's phone does not take to somebody else. C: the date is in the text, and is that of now.
#[test]
fn another_inbox_gets_text_and_date_of_the_original_which_is_deleted() {
    differs(|| {
        let server = storing_with(r#"m_store("sip:desk@example.test"); t_reply("202", "Accepted");"#).start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        (row.inc_time, row.exp_time) = (row.inc_time - 1000, row.exp_time - 1000);
        server.table().insert(&row);
        let bob = server.agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        let message = bob.receive();
        wait_for_answer(&server, &message);
        let other = server.table().rows().pop().expect("a row");
        assert_eq!((other.username.as_str(), other.body.as_slice()), ("desk", b"hello".as_slice()), "the text");
        until("the original is deleted", || server.table().count_of("bob") == 0);
        assert_eq!((other.inc_time, other.exp_time), (row.inc_time, row.exp_time));
        assert_eq!(server.statistic("stored_messages"), 1);
        bob.answer(Answer::Ok);
        server.agent("desk").register();
        // It goes where the original was sent to.
        let text = bob.receive().text();
        assert!(text.ends_with("] hello") && text.matches('[').count() == 1, "{text}");
    });
}

/// C: the 200 of the phone, which it takes for a delivery.
#[test]
fn what_is_stored_in_both_inboxes_is_in_both() {
    differs(|| {
        let store = r#"m_store("sip:desk@example.test"); m_store("$avp(inbox)"); t_reply("202", "Accepted");"#;
        let server = storing_with(store).start();
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        let row = server.table().only_row();
        let bob = server.agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        wait_until_back(&server, &bob.receive());
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
        assert_eq!(server.table().count_of("desk"), 2, "of the original, and of settle()");
    });
}

/// The answer comes first. C: the copy is another message, and the original is deleted.
#[test]
fn a_script_that_answers_before_it_stores_loses_nothing() {
    differs(|| {
        let store = r#"t_reply("202", "Accepted"); m_store("$avp(inbox)");"#;
        let server = storing_with(store).param("check_time", 1).start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        (row.inc_time, row.exp_time) = (row.inc_time - 1000, row.exp_time - 1000);
        server.table().insert(&row);
        let bob = server.agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        for _ in 0..10 {
            bob.register();
            let message = bob.receive();
            // Whoever is first, worker or delivery process: in the end there is one.
            wait_for_answer(&server, &message);
            until("one row is left", || server.table().count() == 1);
            let left = server.table().only_row();
            assert_eq!(left.body, b"hello", "the text");
            assert_eq!((left.inc_time, left.exp_time), (row.inc_time, row.exp_time));
        }
    });
}

/// A script that stores and then says no. C: both are there.
#[test]
fn a_script_that_refuses_what_it_has_stored_has_one_row() {
    differs(|| {
        let store = r#"m_store("$avp(inbox)"); t_reply("480", "Temporarily Unavailable");"#;
        let server = storing_with(store).start();
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        let row = server.table().only_row();
        let bob = server.agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        let message = bob.receive();
        wait_for_answer(&server, &message);
        expect_rows_of_bob(&server, &[row]);
        server.wait_for_statistic("failed_messages", 1);
    });
}

/// C: the prefix is in the text of what the other gets.
#[test]
fn a_copy_for_somebody_else_is_a_message_for_him_and_the_original_goes_as_it_is_answered() {
    differs(|| {
        let server = storing().start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        copy(&bob, &message, "carol").send().expect_code(202);
        let rows = server.table().rows();
        assert_eq!((rows.len(), &rows[0]), (2, &row));
        assert_eq!((rows[1].username.as_str(), rows[1].body.as_slice()), ("carol", b"hello".as_slice()), "the text");
        assert_eq!((rows[1].inc_time, rows[1].exp_time), (row.inc_time, row.exp_time));
        bob.reply(&message, 200, "OK");
        until("the original is deleted", || server.table().count_of("bob") == 0);
    });
}
