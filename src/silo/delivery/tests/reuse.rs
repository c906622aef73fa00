//! Ids that the table gives again once their row is gone, as SQLite does with the highest.

use super::*;
use crate::silo::config::settings::{DeliverTo, Listeners};
use crate::silo::config::sharing::Sharing;
use crate::silo::delivery::contacts::binding::Binding;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::fakes::{bob, START};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

fn sweeping() -> Config {
    Config { sweep_every: 10 * SECOND, ..with_reminders() }
}

fn carol() -> Aor {
    Aor::new(b"carol", b"example.org").unwrap()
}

/// A message for bob whose time is over soon.
fn store_short_lived(fake: &Fake) {
    fake.store(1, "bob");
    fake.change(1, |row| row.expires_at = START + 5);
}

fn dump(delivery: &mut Delivery<'_, Fake, Fake>, owner: Aor) {
    delivery.dump(owner, DumpRequest::default());
    settle(delivery);
}

/// The time of bob's message is over, the sweep takes it, and one for carol gets its id.
fn give_again(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>) {
    fake.wait(20 * SECOND);
    settle(delivery);
    assert_eq!(fake.ids(), [0; 0]);
    fake.store(1, "carol");
}

/// What is in the table when everything is written down.
fn left(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>) -> Vec<RowId> {
    settle(delivery);
    fake.wait(SECOND);
    settle(delivery);
    fake.ids()
}

#[test]
fn an_answer_that_comes_after_the_sweep_costs_no_other_message() {
    story(&sweeping(), |fake, delivery| {
        store_short_lived(fake);
        dump(delivery, bob());
        give_again(fake, delivery);
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [1]);
        dump(delivery, carol());
        assert_eq!(fake.in_flight(), ["message 1"]);
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [0; 0]);
    });
}

#[test]
fn an_answer_of_a_contact_that_comes_after_the_sweep_costs_no_other_message() {
    story(&Config { deliver_to: DeliverTo::Contacts, ..sweeping() }, |fake, delivery| {
        let uri = b"sip:bob@10.0.0.1".to_vec();
        let contact =
            Binding { uri, takes_message: true, is_ours: true, expires_at: START + 100, ..Binding::default() };
        fake.0.contacts.borrow_mut().push(contact);
        store_short_lived(fake);
        dump(delivery, bob());
        give_again(fake, delivery);
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [1]);
    });
}

#[test]
fn a_reminder_that_is_missed_after_the_sweep_leaves_another_its_time() {
    story(&sweeping(), |fake, delivery| {
        store_short_lived(fake);
        fake.change(1, |row| row.due_at = START);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
        give_again(fake, delivery);
        fake.change(1, |row| row.due_at = START + 500);
        delivery.result(fake.take_first(), 480);
        assert_eq!(left(fake, delivery), [1]);
        assert_eq!(fake.0.rows.borrow()[&1].due_at, START + 500);
    });
}

#[test]
fn a_delete_that_the_table_refuses_until_the_sweep_costs_no_other_message() {
    story(&sweeping(), |fake, delivery| {
        store_short_lived(fake);
        dump(delivery, bob());
        fake.0.undeletable.set(Some(1));
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [1]);
        give_again(fake, delivery);
        fake.0.undeletable.set(None);
        assert_eq!(left(fake, delivery), [1]);
    });
}

#[test]
fn where_somebody_hears_of_expiry_what_is_delivered_late_is_deleted_and_does_not_expire() {
    let listeners = Listeners { expired: true, ..Listeners::default() };
    story(&Config { listeners, ..sweeping() }, |fake, delivery| {
        store_short_lived(fake);
        dump(delivery, bob());
        fake.wait(20 * SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), [1]);
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [0; 0]);
        assert!(fake.0.told.borrow().is_empty());
    });
}

/// One of several servers on a table.
fn server(tell: impl FnOnce(&Fake, &mut Delivery<'_, Fake, Fake>)) {
    let (fake, config) =
        (Fake::default().beside(1), Config { shared: Some(Sharing { server: 1, speed: 1 }), ..sweeping() });
    tell(&fake, &mut Delivery::new(fake.clone(), fake.clone(), &config, Shard::SOLE));
}

#[test]
fn an_inbox_that_is_through_gives_back_no_row_of_another() {
    server(|fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        dump(delivery, bob());
        delivery.result(fake.take_first(), 408);
        assert_eq!(left(fake, delivery), [1, 2]);
        dump(delivery, bob());
        delivery.result(fake.take_first(), 200);
        assert_eq!((left(fake, delivery), fake.in_flight()), (vec![1], vec!["message 1".to_owned()]));
        fake.store(2, "carol");
        dump(delivery, carol());
        assert_eq!(fake.in_flight(), ["message 1", "message 2"]);
        delivery.result(fake.take_first(), 480);
        settle(delivery);
        assert_eq!((fake.holder(1), fake.holder(2)), (None, Some(1)));
        delivery.result(fake.take_first(), 480);
        settle(delivery);
        assert_eq!(fake.holder(2), None);
    });
}

#[test]
fn a_row_that_has_got_the_id_of_one_in_flight_is_claimed_before_it_is_sent() {
    server(|fake, delivery| {
        store_short_lived(fake);
        dump(delivery, bob());
        give_again(fake, delivery);
        dump(delivery, carol());
        assert_eq!((fake.in_flight().len(), fake.holder(1)), (2, Some(1)));
        delivery.result(fake.take_first(), 200);
        assert_eq!((left(fake, delivery), fake.holder(1)), (vec![1], Some(1)));
        delivery.result(fake.take_first(), 200);
        assert_eq!(left(fake, delivery), [0; 0]);
    });
}
