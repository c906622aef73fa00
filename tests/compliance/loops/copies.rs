//! Copies that come back by themselves, out of another proxy: at any time, and as often as somebody likes.

use std::time::Duration;

use super::{copy, expect_failures, expect_rows_of_bob, in_flight, stored, storing, wait_for_results};
use crate::differences::differs;
use crate::harness::{now, until, within, Agent, Answer, NewRow, Server, SipMessage};
use crate::skip::with_sql;

/// Bob's phone has a message that it has answered with 200, and is not registered any more. The row is gone.
#[track_caller]
fn delivered(server: &Server, bob: &Agent) -> SipMessage {
    bob.answer(Answer::Ok);
    bob.register();
    let message = bob.receive();
    server.table().wait_until_empty();
    bob.unregister();
    message
}

/// C stores the copy, and deletes the original.
#[test]
fn a_copy_before_the_result_keeps_the_row_whatever_the_result_is() {
    differs(|| {
        let server = storing().start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        copy(&bob, &message, "bob").send().expect_code(202);
        expect_rows_of_bob(&server, std::slice::from_ref(&row));
        bob.reply(&message, 200, "OK");
        server.settle();
        expect_rows_of_bob(&server, std::slice::from_ref(&row));
        expect_failures(&server, "messages", 1);
        copy(&bob, &message, "bob").send().expect_code(202);
        expect_rows_of_bob(&server, &[row]);
        assert_eq!(server.statistic("stored_messages"), 2, "the message and that of settle()");
    });
}

/// C stores the copy beside the original.
#[test]
fn a_copy_after_the_408_of_the_original_is_not_stored() {
    differs(|| {
        let server = storing().param("check_time", 1).modparam("tm", "fr_timer", 600).start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        wait_for_results(&server, 1);
        copy(&bob, &message, "bob").send().expect_code(202);
        expect_rows_of_bob(&server, &[row]);
    });
}

/// C: another date, another term and the prefix in the text; and another row each time.
#[test]
fn a_copy_after_the_delivery_is_stored_once_with_date_term_and_text_of_the_original() {
    differs(|| {
        let server = storing().param("check_time", 1).start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        (row.inc_time, row.exp_time) = (row.inc_time - 1000, row.exp_time - 1000);
        server.table().insert(&row);
        let bob = server.agent("bob");
        let message = delivered(&server, &bob);
        for _ in 0..3 {
            copy(&bob, &message, "bob").send().expect_code(202);
            let again = server.table().only_row();
            assert_eq!((again.body.as_slice(), &again.dst_addr), (b"hello".as_slice(), &row.dst_addr), "the text");
            assert_eq!((again.inc_time, again.exp_time), (row.inc_time, row.exp_time));
        }
        assert_eq!(server.statistic("stored_messages"), 0);
        bob.register();
        assert_eq!(bob.receive().text(), message.text());
        server.table().wait_until_empty();
    });
}

/// C: the same.
#[test]
fn a_copy_whose_original_is_about_to_be_deleted_is_not_lost() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = storing().param("check_time", 1).start();
        server.expect_log_error("ERROR");
        let row = stored(&server, "hello");
        server.table().refuse_deletes("old.username = 'bob'");
        let bob = server.agent("bob");
        bob.register();
        let message = bob.receive();
        server.wait_for_log("the trigger refuses");
        bob.unregister();
        copy(&bob, &message, "bob").send().expect_code(202);
        let again = server.table().rows().pop().expect("a row");
        assert!(again.id != row.id, "only the original is there");
        assert_eq!(again.body, row.body, "the text");
        assert_eq!((again.inc_time, again.exp_time), (row.inc_time, row.exp_time));
        server.table().allow_deletes();
        until("the original is deleted", || server.table().count() == 1);
        assert_eq!(server.table().only_row(), again);
    });
}

/// There is room for it: that of the original. C: refused.
#[test]
fn a_copy_after_the_delivery_goes_into_a_full_inbox() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = storing().param("check_time", 1).param("max_messages", 1).start();
        server.expect_log_error("ERROR");
        stored(&server, "hello");
        server.table().refuse_deletes("old.username = 'bob'");
        let bob = server.agent("bob");
        bob.register();
        let message = bob.receive();
        server.wait_for_log("the trigger refuses");
        bob.unregister();
        copy(&bob, &message, "bob").send().expect_code(202);
        server.table().allow_deletes();
        until("the original is deleted", || server.table().count() == 1);
        assert_eq!(server.table().only_row().body, b"hello");
    });
}

/// C: it is a message like any other, and stored for the whole term.
#[test]
fn a_copy_after_the_end_of_its_term_is_not_stored() {
    differs(|| {
        let server = storing().param("check_time", 1).start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.exp_time = now() + 2;
        server.table().insert(&row);
        let bob = server.agent("bob");
        let message = delivered(&server, &bob);
        until("the term is over", || now() > row.exp_time);
        copy(&bob, &message, "bob").send().expect_code(202);
        assert_eq!(server.table().count(), 0);
    });
}

/// So long that the server remembers nothing of it but what the table says. C stores both.
#[test]
fn copies_that_come_long_after_are_looked_for_in_the_table() {
    differs(|| {
        const BETWEEN: usize = 4_200;
        let drops = "event_route[tm:local-request] { if ($rd == \"nowhere.test\") drop; }\n";
        let routes = [&super::ROUTES.replace("{STORE}", super::STORE_AND_ANSWER), drops].concat();
        let server = Server::builder().param("dump_window", 2).script(|script| script.routes = Some(routes)).start();
        server.expect_log_error("event_route[tm:local-request] drops it");
        let bob = server.agent("bob");
        stored(&server, "delivered");
        // It stays, so that SQLite does not give an id a second time.
        server.table().insert(&NewRow::text("alice", "nobody", server.domain(), "hello"));
        bob.register();
        let gone = bob.receive();
        until("the first is deleted", || server.table().count() == 1);
        bob.unregister();
        let kept = stored(&server, "kept");
        let message = in_flight(&bob);
        bob.reply(&message, 486, "Busy Here");
        wait_for_results(&server, 2);
        // Messages that never leave, and so take no time.
        let row = |number: usize| {
            let mut row = NewRow::text("alice", "carol", server.domain(), "hello");
            row.dst_addr = format!("sip:{number}@nowhere.test");
            row
        };
        server.table().insert_all(&(0..BETWEEN).map(row).collect::<Vec<_>>());
        server.agent("carol").register();
        let tried = || (server.statistic("failed_messages") > BETWEEN as i64).then_some(());
        within(Duration::from_secs(60), tried).expect("all have been tried");
        copy(&bob, &message, "bob").send().expect_code(202);
        expect_rows_of_bob(&server, std::slice::from_ref(&kept));
        for _ in 0..2 {
            copy(&bob, &gone, "bob").send().expect_code(202);
            assert_eq!(server.table().count_of("bob"), 2);
            assert_eq!(server.table().rows().pop().expect("a row").body, b"delivered");
        }
    });
}

/// Power fails when the copy was taken and the result has not come.
#[test]
fn after_kill_9_between_copy_and_result_there_is_one_row() {
    differs(|| {
        let mut server = storing().start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        copy(&bob, &message, "bob").send().expect_code(202);
        server.kill_9();
        expect_rows_of_bob(&server, &[row]);
        server.start_again();
        bob.answer(Answer::Ok);
        bob.register();
        assert_eq!(bob.receive().text(), message.text());
        server.table().wait_until_empty();
    });
}

/// Nobody outside can make what the module takes for its own.
#[test]
fn a_tag_that_only_looks_like_ours_is_a_message_like_any_other() {
    let server = storing().param("check_time", 1).start();
    stored(&server, "hello");
    let bob = server.agent("bob");
    let message = in_flight(&bob);
    let from = message.header("From").expect("it has a From");
    let (before, tag) = from.rsplit_once(";tag=").expect("it has a tag");
    let changed = |at: usize| {
        let digit = if tag.as_bytes()[at] == b'1' { "2" } else { "1" };
        [&tag[..at], digit, &tag[at + 1..]].concat()
    };
    let forged = [changed(tag.len() - 1), changed(tag.len() / 2), format!("{tag}0"), tag[1..].to_owned()];
    for (number, tag) in forged.iter().enumerate() {
        let draft = bob.message("bob").from(&format!("{before};tag={tag}")).text(&number.to_string());
        draft.send().expect_code(202);
        let rows = server.table().rows();
        assert_eq!((rows.len(), rows[number + 1].body.as_slice()), (number + 2, number.to_string().as_bytes()));
    }
    bob.reply(&message, 200, "OK");
    until("the original is deleted", || server.table().count() == 4);
}

/// Whoever answers a message may say as well that he has not got it: more than that it does not do. C stores each.
#[test]
fn showing_a_tag_again_deletes_nothing() {
    differs(|| {
        let server = storing().start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        let other = stored(&server, "another");
        let show = || {
            for _ in 0..10 {
                copy(&bob, &message, "bob").send().expect_code(202);
            }
            expect_rows_of_bob(&server, &[row.clone(), other.clone()]);
        };
        show();
        bob.reply(&message, 486, "Busy Here");
        wait_for_results(&server, 1);
        show();
    });
}
