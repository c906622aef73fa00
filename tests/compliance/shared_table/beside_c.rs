//! The C module on the same table: while one server after the other is changed, and when it is changed back.

use super::{claims, put, put_all};
use crate::harness::{under_test, Answer, Server, SharedDatabase, Under};
use crate::skip::{skipped, with_sql};

/// Whether both modules are there.
fn with_both() -> bool {
    if under_test() == Under::Theirs {
        skipped("the run with our module has both");
        return false;
    }
    with_sql()
}

/// A server of ours that shares the table, and one with the C module.
fn ours_and_c() -> [Server; 2] {
    let database = SharedDatabase::create();
    let ours = Server::builder().database(&database).server_id(1).param("shared_table", 1).start();
    let mut theirs = Server::builder().through_the_script().database(&database).start();
    theirs.change_to(Under::Theirs);
    [ours, theirs]
}

#[test]
fn what_ours_had_claimed_when_it_was_changed_back_c_delivers() {
    if !with_both() {
        return;
    }
    let [mut ours, theirs] = ours_and_c();
    let bob = ours.agent("bob");
    bob.answer(Answer::Silence);
    put_all(&ours, "bob", &["one", "two", "three"]);
    bob.register();
    bob.receive();
    ours.kill_9();
    assert_eq!(claims(&theirs), [1, 1, 1]);
    let bob = theirs.agent("bob");
    bob.register();
    let mut got = [(); 3].map(|()| bob.receive().text().rsplit(' ').next().unwrap_or_default().to_owned());
    got.sort();
    assert_eq!(got, ["one", "three", "two"]);
    theirs.table().wait_until_empty();
}

/// So a user who registers at both gets it twice, as with two servers of C.
#[test]
fn c_sends_what_ours_has_in_flight_and_ours_what_c_has() {
    if !with_both() {
        return;
    }
    let [ours, theirs] = ours_and_c();
    let bobs = [&ours, &theirs].map(|server| server.agent("bob"));
    bobs.iter().for_each(|bob| bob.answer(Answer::Silence));
    put(&ours, "bob", "hello");
    bobs[0].register();
    let first = bobs[0].receive();
    bobs[1].register();
    let second = bobs[1].receive();
    bobs[1].reply(&second, 200, "OK");
    ours.table().wait_until_empty();
    bobs[0].reply(&first, 200, "OK");
    ours.wait_for_statistic("dumped_messages", 1);

    bobs.iter().for_each(|bob| bob.answer(Answer::Silence));
    put(&ours, "bob", "again");
    bobs[1].register();
    let second = bobs[1].receive();
    bobs[0].register();
    let first = bobs[0].receive();
    bobs[0].reply(&first, 200, "OK");
    ours.table().wait_until_empty();
    bobs[1].reply(&second, 200, "OK");
}

/// Nothing that C writes looks like a claim.
#[test]
fn what_c_has_stored_ours_claims_and_delivers() {
    if !with_both() {
        return;
    }
    let [ours, theirs] = ours_and_c();
    theirs.agent("alice").message("bob").text("hello").send().expect_code(202);
    assert_eq!(claims(&ours), [0]);
    let bob = ours.agent("bob");
    bob.answer(Answer::Silence);
    bob.register();
    let message = bob.receive();
    assert_eq!(claims(&ours), [1]);
    bob.reply(&message, 200, "OK");
    ours.table().wait_until_empty();
}
