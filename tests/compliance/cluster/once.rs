//! The same REGISTER at several servers: each message comes once.

use super::{fill, is_from, number, settle, sharing};
use crate::differences::differs;
use crate::harness::{Agent, Answer, Cluster};
use crate::skip::with_sql;

/// What `shared_table` is for. The phone answers when it has heard both, so that both have read the inbox by then.
#[test]
fn two_servers_that_do_not_know_of_each_other_deliver_everything_twice() {
    if !with_sql() {
        return;
    }
    const COUNT: usize = 20;
    let cluster = Cluster::start(2, |_, builder| builder);
    fill(&cluster, "bob", COUNT);
    let bob = cluster[0].agent("bob");
    bob.answer(Answer::Silence);
    bob.register_at(&cluster);
    let (mut got, mut held, mut heard) = (Vec::new(), Vec::new(), [false; 2]);
    while got.len() < 2 * COUNT {
        let message = bob.receive();
        heard = [0, 1].map(|server| heard[server] || is_from(&message, &cluster[server]));
        got.push(number(&message));
        held.push(message);
        if heard == [true; 2] {
            held.drain(..).for_each(|message| bob.reply(&message, 200, "OK"));
        }
    }
    got.sort_unstable();
    assert_eq!(got, (1..=COUNT).flat_map(|number| [number; 2]).collect::<Vec<_>>());
    cluster[0].table().wait_until_empty();
}

/// The phone answers each when it is read here: what has come besides by then was in flight at the same time.
#[test]
fn two_servers_deliver_each_message_once_in_order_and_one_at_a_time() {
    if !with_sql() {
        return;
    }
    differs(|| {
        const COUNT: usize = 120;
        let cluster = sharing(2);
        fill(&cluster, "bob", COUNT);
        let bob = cluster[0].agent("bob");
        bob.answer(Answer::Silence);
        bob.register_at(&cluster);
        for wanted in 1..=COUNT {
            let message = bob.receive();
            assert_eq!(number(&message), wanted);
            assert_eq!(bob.waiting(), 0, "sent without an answer to the one before");
            bob.reply(&message, 200, "OK");
        }
        cluster[0].table().wait_until_empty();
        settle(&cluster);
        assert_eq!(bob.waiting(), 0, "something came again");
    });
}

#[test]
fn ten_phones_that_register_at_four_servers_again_and_again_get_each_message_once() {
    if !with_sql() {
        return;
    }
    differs(|| {
        const COUNT: usize = 8;
        let cluster = sharing(4);
        let phones: Vec<Agent> = (0..10).map(|user| cluster[0].agent(&format!("user{user}"))).collect();
        phones.iter().for_each(|phone| fill(&cluster, phone.name(), COUNT));
        for _ in 0..3 {
            phones.iter().for_each(|phone| phone.register_at(&cluster));
        }
        for phone in &phones {
            let got: Vec<usize> = phone.receive_all(COUNT).iter().map(number).collect();
            assert_eq!(got, (1..=COUNT).collect::<Vec<_>>(), "{}", phone.name());
        }
        cluster[0].table().wait_until_empty();
        settle(&cluster);
        assert!(phones.iter().all(|phone| phone.waiting() == 0), "something came again");
    });
}

/// What is stored by one server while the other delivers comes behind, by whichever.
#[test]
fn what_a_neighbour_stores_meanwhile_comes_behind_and_once() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let cluster = sharing(2);
        fill(&cluster, "bob", 3);
        let (alice, bob) = (cluster[0].agent("alice"), cluster[1].agent("bob"));
        bob.answer(Answer::Silence);
        bob.register_at(&cluster[1..]);
        let first = bob.receive();
        // Bob is not registered at the first server, which stores for him.
        alice.message("bob").body("text/x-number", b"4").send().expect_code(202);
        bob.answer(Answer::Ok);
        bob.reply(&first, 200, "OK");
        bob.register_at(&cluster);
        let got: Vec<usize> = bob.receive_all(3).iter().map(number).collect();
        assert_eq!(got, [2, 3, 4]);
        cluster[0].table().wait_until_empty();
        settle(&cluster);
        assert_eq!(bob.waiting(), 0, "something came again");
    });
}
