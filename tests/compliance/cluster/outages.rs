//! A server that is killed, suspended, or cut off from its database, while it holds an inbox.

use super::{fill, is_from, number, receive, settle};
use crate::differences::differs;
use crate::harness::{Agent, Answer, Cluster, Kind, SipMessage};
use crate::skip::{only_on, with_sql};

/// The clock of claims is so many times as fast as it should be, so that they are over soon.
const SOONER: u32 = 128;
/// Messages of the inbox.
const COUNT: usize = 5;

/// Two servers whose claims are over soon; the second may lose sight of its database.
fn for_a_moment(relayed: bool) -> Cluster {
    Cluster::start(2, |id, builder| {
        let builder = builder.param("shared_table", 1).claims_end_sooner(SOONER);
        if relayed && id == 2 {
            builder.relayed_database()
        } else {
            builder
        }
    })
}

/// An inbox whose first message the second server has sent; the phone has not answered.
fn with_one_in_flight(cluster: &Cluster) -> (Agent, SipMessage) {
    fill(cluster, "bob", COUNT);
    let bob = cluster[0].agent("bob");
    bob.answer(Answer::Silence);
    bob.register_at(&cluster[1..]);
    let first = bob.receive();
    assert_eq!((number(&first), is_from(&first, &cluster[1])), (1, true));
    bob.answer(Answer::Ok);
    (bob, first)
}

/// Bob registers at the first server, and gets all from it: also what the other had in flight, which nobody knows of.
#[track_caller]
fn expect_all_from_the_first(cluster: &Cluster, bob: &Agent) {
    bob.register_at(&cluster[..1]);
    for wanted in 1..=COUNT {
        let message = receive(bob);
        assert_eq!((number(&message), is_from(&message, &cluster[0])), (wanted, true));
    }
    cluster[0].table().wait_until_empty();
}

#[test]
fn the_inbox_of_a_killed_server_is_delivered_by_another_when_its_claims_are_over() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let mut cluster = for_a_moment(false);
        let (bob, _) = with_one_in_flight(&cluster);
        cluster[1].kill_9();
        expect_all_from_the_first(&cluster, &bob);
        cluster[0].settle();
        assert_eq!(bob.waiting(), 0, "something came again");
    });
}

/// When it goes on, it finds the answer to its first message, and has the others in its memory.
#[test]
fn a_server_that_was_suspended_for_longer_than_its_claims_sends_nothing_more() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let cluster = for_a_moment(false);
        let (bob, first) = with_one_in_flight(&cluster);
        cluster[1].suspend();
        expect_all_from_the_first(&cluster, &bob);
        bob.reply(&first, 200, "OK");
        cluster[1].resume();
        settle(&cluster);
        // Its timer may wake up before its worker has read the answer, and retransmit the same request once more.
        while bob.waiting() > 0 {
            assert_eq!(receive(&bob).header("Via"), first.header("Via"), "something came again");
        }
    });
}

/// The phone answers the first, so the server sends the second; that one it cannot tell the table. Both may come again.
#[test]
fn a_server_that_was_cut_off_from_its_database_for_longer_than_its_claims_sends_nothing_more() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "there is no network to it") {
        return;
    }
    differs(|| {
        let cluster = for_a_moment(true);
        let second = format!("{};", cluster[1].address());
        cluster[1].expect_log_error("ERROR");
        let (bob, first) = with_one_in_flight(&cluster);
        bob.answer_with(move |message| match message.header("Via") {
            Some(via) if via.contains(&second) => Answer::Silence,
            _ => Answer::Ok,
        });
        cluster[1].table().network().silence();
        bob.reply(&first, 200, "OK");
        bob.register_at(&cluster[..1]);
        let (mut got, mut of_the_other) = (Vec::new(), Vec::new());
        while got.len() < COUNT {
            let message = receive(&bob);
            let list = if is_from(&message, &cluster[0]) { &mut got } else { &mut of_the_other };
            list.push(number(&message));
        }
        assert_eq!(got, (1..=COUNT).collect::<Vec<_>>());
        cluster[1].table().network().restore();
        cluster[0].table().wait_until_empty();
        settle(&cluster);
        assert!(of_the_other.is_empty() || of_the_other == [2], "the other sent {of_the_other:?}");
        assert_eq!(bob.waiting(), 0, "something came again");
    });
}
