//! Rows are removed, but none that is being delivered; and what is removed is not sent.

use serde_json::json;

use super::{ask, builder, fault, owner, put, row, start};
use crate::differences::differs;
use crate::harness::{now, until, Answer, Server};
use crate::skip::with_sql;

/// Bob is there, and has got the first of three messages, which he does not answer.
fn with_one_in_flight(window: i32) -> (Server, Vec<i64>) {
    let server = start(builder().param("dump_window", window).modparam("tm", "fr_timer", 60_000));
    let ids = ["1", "2", "3"].map(|text| put(&server, "bob", text));
    (server, ids.to_vec())
}

#[test]
fn rm_removes_a_message_and_nobody_gets_it() {
    differs(|| {
        let server = start(builder());
        let ids = ["1", "2", "3"].map(|text| put(&server, "bob", text));
        assert_eq!(ask(&server, "rm", &[json!(ids[1])]), json!({"removed": 1}));
        assert_eq!(fault(&server, "rm", &[json!(ids[1])]).0, 404);
        let bob = server.agent("bob");
        bob.register();
        let got: Vec<String> = bob.receive_all(2).iter().map(|message| message.text()).collect();
        assert_eq!(got, ["1", "3"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn rm_does_not_touch_what_is_in_flight() {
    differs(|| {
        let (server, ids) = with_one_in_flight(1);
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        let (code, text) = fault(&server, "rm", &[json!(ids[0])]);
        assert!(code == 409 && text.contains("in flight"), "{code} {text}");
        assert_eq!(ask(&server, "list", &[owner("bob")])[0]["state"], "in_flight");
        bob.answer(Answer::Ok);
        bob.reply(&first, 200, "OK");
        assert_eq!(bob.receive_all(2).len(), 2);
        server.table().wait_until_empty();
        assert_eq!(fault(&server, "rm", &[json!(ids[0])]).0, 404);
    });
}

/// The delivery process has read all three, and waits for the first answer.
#[test]
fn what_is_removed_while_it_waits_behind_another_is_not_sent() {
    differs(|| {
        let (server, ids) = with_one_in_flight(1);
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        assert_eq!(ask(&server, "rm", &[json!(ids[1])]), json!({"removed": 1}));
        bob.answer(Answer::Ok);
        bob.reply(&first, 200, "OK");
        assert_eq!(bob.receive().text(), "3");
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(bob.waiting(), 0);
    });
}

#[test]
fn purge_of_an_inbox_leaves_what_is_in_flight() {
    differs(|| {
        let (server, ids) = with_one_in_flight(1);
        put(&server, "carol", "4");
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        assert_eq!(ask(&server, "purge", &[owner("bob")]), json!({"removed": 2, "in_flight": 1, "more": 0}));
        assert_eq!(server.table().rows().iter().filter(|row| row.id == ids[0]).count(), 1);
        bob.reply(&first, 200, "OK");
        until("only carol's is left", || server.table().count() == 1);
        server.settle();
        assert_eq!(bob.waiting(), 0);
        until("nobody else has a row", || server.table().count() == 1);
        assert_eq!(server.table().only_row().username, "carol");
    });
}

#[test]
fn purge_goes_by_age_and_by_what_is_over_in_pages() {
    differs(|| {
        let server = start(builder().param("delivery_processes", 3));
        let mut rows: Vec<_> = (0..9).map(|number| row(&server, &format!("user-{number}"), "x")).collect();
        rows[..5].iter_mut().for_each(|row| row.exp_time = now() - 5);
        rows[5..7].iter_mut().for_each(|row| row.inc_time = now() - 10 * 86_400);
        server.table().insert_all(&rows);
        let purge = |arguments: &[serde_json::Value]| ask(&server, "purge", arguments);
        assert_eq!(purge(&[json!("expired"), json!(3)]), json!({"removed": 3, "in_flight": 0, "more": 1}));
        assert_eq!(purge(&[json!("expired"), json!(3)]), json!({"removed": 2, "in_flight": 0, "more": 0}));
        assert_eq!(purge(&[json!("older"), json!(11)]), json!({"removed": 0, "in_flight": 0, "more": 0}));
        assert_eq!(purge(&[json!("older"), json!(9)]), json!({"removed": 2, "in_flight": 0, "more": 0}));
        let mut left: Vec<String> = server.table().rows().into_iter().map(|row| row.username).collect();
        left.sort();
        assert_eq!(left, ["user-7", "user-8"]);
        for days in [json!(0), json!("x"), json!(-1)] {
            assert_eq!(fault(&server, "purge", &[json!("older"), days]).0, 400);
        }
        assert_eq!(fault(&server, "purge", &[json!("older")]).0, 400);
    });
}

/// One statement takes a hundred.
#[test]
fn purge_takes_as_many_as_the_limit_says() {
    differs(|| {
        let server = start(builder());
        let rows: Vec<_> = (0..350).map(|number| row(&server, "bob", &number.to_string())).collect();
        server.table().insert_all(&rows);
        assert_eq!(ask(&server, "purge", &[owner("bob")])["removed"], 100);
        assert_eq!(
            ask(&server, "purge", &[owner("bob"), json!(1000)]),
            json!({"removed": 250, "in_flight": 0, "more": 0})
        );
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn a_reminder_that_is_removed_does_not_come() {
    differs(|| {
        let server = start(builder().param("reminder", "sip:reminder@example.test").param("send_time", 1));
        let bob = server.agent("bob");
        bob.register();
        let ids = ["1", "2"].map(|text| {
            let mut row = row(&server, "bob", text);
            row.snd_time = now() + 4;
            server.table().insert(&row)
        });
        assert_eq!(ask(&server, "rm", &[json!(ids[0])]), json!({"removed": 1}));
        assert!(bob.receive().text().ends_with('2'));
        server.table().wait_until_empty();
        assert_eq!(bob.waiting(), 0);
    });
}

/// It says so in the column `status`, with the time at which that ends.
#[test]
fn a_row_that_another_server_has_claimed_is_shown_so_and_left() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = start(builder());
        let ids = ["1", "2"].map(|text| put(&server, "bob", text));
        let claim = (now() - 1_577_836_800 + 768) / 256 * 256 + 7;
        server.table().execute(&format!("UPDATE silo SET status = {claim} WHERE id = {}", ids[0]));
        let list = ask(&server, "list", &[owner("bob")]);
        assert_eq!((&list[0]["state"], &list[1]["state"]), (&json!("claimed"), &json!("waiting")));
        let summary = ask(&server, "summary", &[]);
        assert_eq!((&summary["claimed"], &summary["claimed_by"]), (&json!(1), &json!({"server_7": 1})));
        assert_eq!(fault(&server, "rm", &[json!(ids[0])]).0, 409);
        assert_eq!(ask(&server, "purge", &[owner("bob")]), json!({"removed": 1, "in_flight": 1, "more": 0}));
        assert_eq!(server.table().only_row().id, ids[0]);
    });
}
