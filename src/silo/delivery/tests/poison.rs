//! Messages that are never answered, and the others of their inbox.

use super::*;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::fakes::bob;
use crate::silo::message::model::RowId;

/// One REGISTER of a phone that answers all messages but these. Gives what it got, in order.
fn register(
    fake: &Fake,
    delivery: &mut Delivery<'_, Fake, Fake>,
    poison: impl Fn(RowId) -> bool,
    most: Option<u64>,
) -> Vec<RowId> {
    fake.wait(SECOND);
    delivery.dump(bob(), DumpRequest { most, ..DumpRequest::default() });
    let mut got = Vec::new();
    loop {
        settle(delivery);
        let Some(first) = fake.in_flight().first().cloned() else { return got };
        let id = first.rsplit(' ').next().and_then(|id| id.parse().ok()).expect("the body names its row");
        got.push(id);
        let ticket = fake.take_first();
        delivery.result(ticket, if poison(id) { 408 } else { 200 });
    }
}

#[test]
fn after_as_many_registers_as_there_are_poisonous_messages_all_others_are_delivered() {
    story(&Config::default(), |fake, delivery| {
        (1..=5).for_each(|id| fake.store(id, "bob"));
        let poison = |id| id == 1 || id == 4;
        assert_eq!(register(fake, delivery, poison, None), [1]);
        assert_eq!(register(fake, delivery, poison, None), [2, 3, 4]);
        assert_eq!(register(fake, delivery, poison, None), [5, 1]);
        // Fewest first, ids among equals.
        assert_eq!(register(fake, delivery, poison, None), [4]);
        assert_eq!(register(fake, delivery, poison, None), [1]);
        assert_eq!(register(fake, delivery, |_| false, None), [4, 1]);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), []);
    });
}

#[test]
fn a_dump_of_few_messages_passes_over_the_poisonous_ones_too() {
    story(&Config::default(), |fake, delivery| {
        (1..=5).for_each(|id| fake.store(id, "bob"));
        let mut got = || register(fake, delivery, |id| id <= 2, Some(1));
        assert_eq!([got(), got(), got(), got(), got(), got()].concat(), [1, 2, 3, 4, 5, 1]);
    });
}

#[test]
fn more_poison_than_a_page_holds_up_nothing_in_an_inbox_of_two_thousand() {
    story(&Config::default(), |fake, delivery| {
        (1..=2_000).for_each(|id| fake.store(id, "bob"));
        for number in 1..=150 {
            assert_eq!(register(fake, delivery, |id| id <= 150, None), [number]);
        }
        let got = register(fake, delivery, |id| id <= 150, None);
        assert_eq!(got, (151..=2_000).chain([1]).collect::<Vec<_>>());
        let longest = fake.0.asked.borrow().iter().filter(|what| what.starts_with("rows")).count();
        assert!(longest <= 2 * 151, "{longest} questions for those that wait behind");
    });
}

#[test]
fn with_a_window_of_three_the_poisonous_ones_wait_behind_the_others() {
    story(&Config { dump_window: 3, ..Config::default() }, |fake, delivery| {
        (1..=6).for_each(|id| fake.store(id, "bob"));
        assert_eq!(register(fake, delivery, |id| id == 2, None), [1, 2, 3, 4]);
        assert_eq!(register(fake, delivery, |id| id == 2, None), [5, 6, 2]);
    });
}

#[test]
fn a_reminder_that_is_never_answered_waits_behind_ordinary_messages() {
    story(&with_reminders(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        fake.change(1, |row| row.due_at = row.stored_at);
        fake.wait(SECOND);
        settle(delivery);
        delivery.result(fake.take_first(), 408);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(register(fake, delivery, |_| false, None), [2, 3, 1]);
    });
}

#[test]
fn a_message_that_cannot_be_sent_waits_behind_those_that_can() {
    story(&Config::default(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        fake.0.unsendable_bodies.borrow_mut().push(b"message 1".to_vec());
        assert_eq!(register(fake, delivery, |_| false, None), []);
        assert_eq!(register(fake, delivery, |_| false, None), [2, 3]);
    });
}
