//! Inboxes whose last contact leaves, or that never had one: nothing of them stays behind.

use super::contacts::{answer, in_flight, register, to_contacts};
use super::*;
use crate::silo::config::sharing::Sharing;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::fakes::{bob, START};

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
