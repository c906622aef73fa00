//! Other servers on the same table.

use super::*;
use crate::silo::config::sharing::Sharing;
use crate::silo::delivery::control::question::{Answer, Question};
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::fakes::{bob, START};
use crate::silo::message::aor::Aor;

fn sharing(server: u8) -> Config {
    Config { shared: Some(Sharing { server, speed: 1 }), ..with_reminders() }
}

/// Two servers on one table.
fn two(tell: impl FnOnce([&Fake; 2], [&mut Delivery<'_, Fake, Fake>; 2])) {
    let (table, configs) = (Fake::default(), [sharing(1), sharing(2)]);
    let fakes = [table.beside(1), table.beside(2)];
    let [mut one, mut other] =
        [0, 1].map(|at| Delivery::new(fakes[at].clone(), fakes[at].clone(), &configs[at], Shard::SOLE));
    tell([&fakes[0], &fakes[1]], [&mut one, &mut other]);
}

fn claims(fake: &Fake) -> Vec<String> {
    fake.0.asked.borrow().iter().filter(|asked| asked.starts_with("claim")).cloned().collect()
}

#[test]
fn the_inboxes_of_a_turn_are_claimed_by_one_statement() {
    two(|[fake, _], [delivery, _]| {
        (1..=20).for_each(|id| fake.store(id, &format!("user{id}")));
        for id in 1..=20 {
            let owner = Aor::new(format!("user{id}").as_bytes(), b"example.org").unwrap();
            delivery.dump(owner, DumpRequest::default());
        }
        fake.wait(10 * MILLI);
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 20);
        let claims = claims(fake);
        assert!(claims.len() <= 2, "the first came alone: {claims:?}");
    });
}

#[test]
fn an_empty_inbox_costs_nothing_more() {
    two(|[fake, _], [delivery, _]| {
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(*fake.0.asked.borrow(), ["page after 0"]);
    });
}

#[test]
fn a_busy_inbox_is_looked_at_again_until_it_is_free() {
    two(|[one, other], [first, second]| {
        (1..=2).for_each(|id| one.store(id, "bob"));
        first.dump(bob(), DumpRequest::default());
        settle(first);
        second.dump(bob(), DumpRequest::default());
        assert!(settle(second) >= 900 * MILLI, "it does not spin");
        assert_eq!((one.in_flight(), other.in_flight()), (vec!["message 1".to_owned()], vec![]));
        first.result(one.take_first(), 408);
        settle(first);
        assert_eq!((one.holder(1), one.holder(2)), (None, None));
        other.wait(SECOND);
        settle(second);
        assert_eq!((other.in_flight(), other.holder(2)), (vec!["message 1".to_owned()], Some(2)));
    });
}

#[test]
fn a_dump_of_a_busy_inbox_looks_at_once() {
    two(|[one, other], [first, second]| {
        one.store(1, "bob");
        first.dump(bob(), DumpRequest::default());
        settle(first);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        first.result(one.take_first(), 480);
        settle(first);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!(other.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_claim_whose_answer_is_lost_is_asked_for_again() {
    two(|[fake, _], [delivery, _]| {
        fake.store(1, "bob");
        fake.0.claim_is_lost.set(true);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 0);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_claim_is_renewed_and_who_has_slept_too_long_sends_nothing_more_of_it() {
    two(|[one, other], [first, second]| {
        (1..=3).for_each(|id| {
            one.store(id, "bob");
            one.change(id, |row| row.expires_at = START + 10_000);
        });
        first.dump(bob(), DumpRequest::default());
        settle(first);
        one.wait(257 * SECOND);
        settle(first);
        assert!(one.0.asked.borrow().contains(&"renew [1, 2, 3]".to_owned()));
        one.wait(290 * SECOND);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!(other.in_flight().len(), 0, "it is still the first's");
        // The first sleeps, the second does not.
        one.wait(230 * SECOND);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!(other.in_flight(), ["message 1"]);
        first.result(one.take_first(), 200);
        settle(first);
        one.wait(SECOND);
        settle(first);
        assert_eq!((one.in_flight().len(), one.ids()), (0, vec![1, 2, 3]));
        second.result(other.take_first(), 200);
        settle(second);
        assert_eq!(other.in_flight(), ["message 2"]);
    });
}

#[test]
fn while_the_table_cannot_be_reached_for_the_time_of_a_lease_nothing_is_sent() {
    two(|[one, _], [first, _]| {
        (1..=2).for_each(|id| one.store(id, "bob"));
        first.dump(bob(), DumpRequest::default());
        settle(first);
        one.0.store_is_down.set(true);
        one.wait(600 * SECOND);
        let ticket = one.take_first();
        first.result(ticket, 200);
        settle(first);
        assert_eq!(one.in_flight().len(), 0);
    });
}

#[test]
fn a_due_reminder_is_sent_by_one_server() {
    two(|[one, other], [first, second]| {
        one.store(1, "bob");
        one.change(1, |row| row.due_at = START);
        one.wait(SECOND);
        settle(first);
        settle(second);
        assert_eq!((one.in_flight().len(), other.in_flight().len()), (1, 0));
        first.result(one.take_first(), 480);
        one.wait(SECOND);
        settle(first);
        assert_eq!(one.holder(1), None, "it is an ordinary message now");
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!(other.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_stop_gives_everything_back() {
    two(|[one, _], [first, _]| {
        (1..=3).for_each(|id| one.store(id, "bob"));
        first.dump(bob(), DumpRequest::default());
        settle(first);
        first.give_back().unwrap();
        assert!((1..=3).all(|id| one.holder(id).is_none()));
    });
}

#[test]
fn a_reminder_whose_claim_is_lost_on_the_way_back_goes_with_the_next_look() {
    two(|[one, _], [first, _]| {
        one.store(1, "bob");
        one.change(1, |row| row.due_at = START);
        one.0.claim_is_lost.set(true);
        one.wait(SECOND);
        settle(first);
        assert_eq!((one.in_flight().len(), one.holder(1)), (0, Some(1)));
        one.wait(2 * SECOND);
        settle(first);
        assert_eq!(one.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_claim_of_its_own_that_a_server_does_not_know_is_made_a_new_one() {
    two(|[one, other], [first, second]| {
        one.store(1, "bob");
        one.0.leases.borrow_mut().insert(1, (1, SECOND));
        first.dump(bob(), DumpRequest::default());
        settle(first);
        assert_eq!(one.in_flight(), ["message 1"]);
        one.wait(2 * SECOND);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!((other.in_flight().len(), one.holder(1)), (0, Some(1)));
    });
}

/// An operator removes a message of bob, and the table does not.
fn remove_in_vain(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>) {
    fake.store(1, "bob");
    fake.0.undeletable.set(Some(1));
    assert_eq!(delivery.ask(&Question::Remove(vec![(1, START)])), Answer::NotDone);
}

#[test]
fn what_is_not_removed_after_all_is_sent_at_once() {
    two(|[one, _], [first, _]| {
        remove_in_vain(one, first);
        first.dump(bob(), DumpRequest::default());
        settle(first);
        assert_eq!(one.in_flight(), ["message 1"]);
    });
}

#[test]
fn what_is_not_removed_after_all_is_free_for_others() {
    two(|[one, other], [first, second]| {
        remove_in_vain(one, first);
        settle(first);
        second.dump(bob(), DumpRequest::default());
        settle(second);
        assert_eq!(other.in_flight(), ["message 1"]);
    });
}
