//! Reminders.

use super::*;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::fakes::{bob, START};

#[test]
fn a_due_reminder_is_sent_once() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.due_at = START + 1);
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 0);
        (0..5).for_each(|_| {
            fake.wait(SECOND);
            settle(delivery);
        });
        assert_eq!(fake.in_flight(), ["message 1"]);
        delivery.result(fake.take_first(), 200);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.ids(), fake.counted(Counter::DumpedReminders)), (vec![], 1));
    });
}

#[test]
fn a_missed_reminder_becomes_an_ordinary_message() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.due_at = START);
        fake.wait(SECOND);
        settle(delivery);
        delivery.result(fake.take_first(), 480);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.in_flight().len(), fake.counted(Counter::FailedReminders)), (0, 1));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_reminder_that_was_handed_back_becomes_an_ordinary_message() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.due_at = START);
        fake.wait(SECOND);
        settle(delivery);
        let ticket = fake.take_first();
        fake.0.handed_back.borrow_mut().push(ticket);
        delivery.result(ticket, 202);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.in_flight().len(), fake.counted(Counter::FailedReminders)), (0, 1));
        assert_eq!(fake.0.rows.borrow()[&1].due_at, 0);
    });
}

#[test]
fn reminders_and_messages_share_the_window_of_their_inbox() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.store(2, "bob");
        fake.change(2, |row| row.due_at = START);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn a_process_leaves_the_reminders_of_others_alone() {
    let (config, fake) = (with_reminders(), Fake::default());
    let mut deliveries =
        [0, 1].map(|index| Delivery::new(fake.clone(), fake.clone(), &config, Shard { index, count: 2 }));
    for id in 1..=20 {
        fake.store(id, &format!("user{id}"));
        fake.change(id, |row| row.due_at = START);
    }
    fake.wait(SECOND);
    settle(&mut deliveries[0]);
    let of_first = fake.in_flight().len();
    settle(&mut deliveries[1]);
    assert!((1..20).contains(&of_first));
    assert_eq!(fake.in_flight().len(), 20);
}

#[test]
fn a_look_for_reminders_that_fails_holds_up_nothing_else() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.store(2, "carol");
        fake.change(2, |row| row.due_at = START);
        fake.0.refuses.set("due");
        fake.wait(SECOND);
        delivery.dump(bob(), DumpRequest::default());
        assert!(settle(delivery) > Duration::ZERO);
        assert_eq!(fake.in_flight(), ["message 1"]);
        assert!(delivery.take_error().is_some_and(|error| error.contains("it takes too long")));
        fake.0.refuses.set("");
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1", "message 2"]);
    });
}

#[test]
fn a_look_for_reminders_that_no_store_was_there_for_is_taken_when_it_is_back() {
    let hourly = Reminders { from: b"sip:reg@example.org".to_vec(), every: 3600 };
    story(&Config { reminders: Some(hourly), ..Config::default() }, |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| (row.due_at, row.expires_at) = (START, START + 10_000));
        fake.0.store_is_down.set(true);
        fake.wait(3600 * SECOND);
        settle(delivery);
        fake.0.store_is_down.set(false);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}
