//! Inboxes whose last contact leaves, or that never had one: nothing of them stays behind. And pages that are read for a run,
//! and claimed when another has begun.

use super::super::*;
use super::{answer, in_flight, register, to_contacts};
use crate::silo::config::sharing::Sharing;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::fakes::{bob, START};
use crate::silo::message::aor::Aor;

/// So many inboxes have their turn in one go.
const TURN: usize = 32;

/// Tells the story twice: with a table of its own, and with one that is shared.
fn on_both_tables(tell: impl Fn(&Fake, &mut Delivery<'_, Fake, Fake>)) {
    story(&to_contacts(), &tell);
    let config = Config { shared: Some(Sharing { server: 1, speed: 1 }), ..to_contacts() };
    let fake = Fake::default().beside(1);
    tell(&fake, &mut Delivery::new(fake.clone(), fake.clone(), &config, Shard::SOLE));
}

/// The inbox is closed, and its rows are anybody's.
fn assert_is_over(fake: &Fake, delivery: &Delivery<'_, Fake, Fake>) {
    assert!(delivery.inboxes.is_empty(), "{:?}", delivery.inboxes);
    assert!(delivery.reminders.is_empty(), "{:?}", delivery.reminders);
    assert!(fake.ids().into_iter().all(|id| fake.holder(id).is_none()));
}

#[test]
fn an_inbox_whose_only_contact_cannot_be_sent_to_is_closed() {
    on_both_tables(|fake, delivery| {
        register(fake, &["a"]);
        fake.0.unsendable.borrow_mut().push(b"sip:a@10.0.0.1".to_vec());
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!((fake.ids(), fake.counted(Counter::FailedMessages)), (vec![1, 2, 3], 1));
        assert_is_over(fake, delivery);
    });
}

#[test]
fn an_inbox_whose_only_contact_does_not_answer_is_closed() {
    on_both_tables(|fake, delivery| {
        register(fake, &["a"]);
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "a 1", 408);
        assert_eq!((in_flight(fake).len(), fake.ids(), fake.counted(Counter::FailedMessages)), (0, vec![1, 2, 3], 1));
        assert_is_over(fake, delivery);
    });
}

#[test]
fn all_reminders_of_a_user_without_a_contact_become_ordinary_messages() {
    on_both_tables(|fake, delivery| {
        for id in 1..=3 {
            fake.store(id, "bob");
            fake.change(id, |row| row.due_at = START + 1);
        }
        fake.wait(2 * SECOND);
        settle(delivery);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert!(fake.0.rows.borrow().values().all(|row| row.due_at == 0));
        assert_is_over(fake, delivery);
    });
}

#[test]
fn a_reminder_behind_one_that_a_contact_does_not_answer_becomes_an_ordinary_message() {
    on_both_tables(|fake, delivery| {
        register(fake, &["a"]);
        for id in 1..=3 {
            fake.store(id, "bob");
            fake.change(id, |row| row.due_at = START + 1);
        }
        fake.wait(2 * SECOND);
        settle(delivery);
        answer(fake, delivery, "a 1", 408);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert!(fake.0.rows.borrow().values().all(|row| row.due_at == 0));
        assert_is_over(fake, delivery);
    });
}

/// Has the page of bob's inbox wait to be claimed together with those of others, who have none.
fn wait_for_claim(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>, round: usize) {
    if round == 0 {
        delivery.dump(bob(), DumpRequest::default());
    }
    for number in 0..TURN + 8 {
        let owner = Aor::new(format!("user{number}.{round}").as_bytes(), b"example.org").unwrap();
        delivery.dump(owner, DumpRequest::default());
    }
    fake.wait(2 * MILLI);
    delivery.work();
}

#[test]
fn a_dump_while_a_page_waits_to_be_claimed_finds_what_was_stored_behind_it() {
    on_both_tables(|fake, delivery| {
        register(fake, &["a"]);
        fake.store(1, "bob");
        wait_for_claim(fake, delivery, 0);
        fake.store(2, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "a 1", 200);
        assert_eq!(in_flight(fake), ["a 2"]);
    });
}

#[test]
fn a_page_that_waited_for_a_run_that_is_over_takes_nothing_from_the_next_one() {
    on_both_tables(|fake, delivery| {
        register(fake, &["a"]);
        fake.store(1, "bob");
        wait_for_claim(fake, delivery, 0);
        register(fake, &[]);
        delivery.dump(bob(), DumpRequest::default());
        wait_for_claim(fake, delivery, 1);
        register(fake, &["a"]);
        delivery.dump(bob(), DumpRequest::default());
        fake.wait(2 * MILLI);
        settle(delivery);
        assert_eq!(in_flight(fake), ["a 1"]);
        let server = fake.0.server.get();
        assert_eq!(fake.holder(1), Some(server).filter(|&server| server > 0));
    });
}
