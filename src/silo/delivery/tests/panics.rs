//! An internal error, wherever it happens, costs one message or one run, and nothing for ever.

use super::*;
use crate::guard::guard;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::fakes::bob;
use crate::silo::message::aor::Aor;

/// Works, as the process does it, until there is nothing to do at once.
fn live(delivery: &mut Delivery<'_, Fake, Fake>) {
    loop {
        match guard("test", None, || Some(delivery.work())) {
            None => delivery.recover(),
            Some(Duration::ZERO) => {}
            Some(_) => return,
        }
    }
}

/// Answers everything that comes.
fn answer_all(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>) {
    live(delivery);
    while !fake.in_flight().is_empty() {
        delivery.result(fake.take_first(), 200);
        live(delivery);
    }
}

/// Three messages of bob and one of carol; something panics once while both are being delivered; two more dumps.
fn everything_arrives_although_it_panics_at(what: &'static str) {
    story(&with_reminders(), |fake, delivery| {
        let carol = Aor::new(b"carol", b"example.org").unwrap();
        (1..=3).for_each(|id| fake.store(id, "bob"));
        fake.store(4, "carol");
        fake.store(5, "bob");
        fake.change(5, |row| row.due_at = row.stored_at);
        fake.0.panics_at.set(what);
        for _ in 0..3 {
            delivery.dump(bob(), DumpRequest::default());
            delivery.dump(carol.clone(), DumpRequest::default());
            answer_all(fake, delivery);
            fake.wait(2 * SECOND);
            answer_all(fake, delivery);
        }
        assert_eq!((fake.0.panics_at.get(), fake.ids()), ("", vec![]), "{what}");
        let counted = [Counter::DumpedMessages, Counter::DumpedReminders].map(|counter| fake.counted(counter));
        assert_eq!(counted.iter().sum::<usize>(), 5, "{what}: each is delivered once");
    });
}

#[test]
fn a_panic_costs_nobody_a_message_wherever_it_is() {
    ["send", "page", "occupied", "due", "delete"].into_iter().for_each(everything_arrives_although_it_panics_at);
}

#[test]
fn a_message_whose_sending_panics_counts_as_failed_and_the_next_one_goes_out() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        fake.0.panics_at.set("send");
        delivery.dump(bob(), DumpRequest::default());
        live(delivery);
        assert_eq!((fake.in_flight(), fake.counted(Counter::FailedMessages)), (vec!["message 2".to_owned()], 1));
        delivery.result(fake.take_first(), 200);
        live(delivery);
        fake.wait(SECOND);
        delivery.dump(bob(), DumpRequest::default());
        live(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_reminder_whose_sending_panics_becomes_an_ordinary_message() {
    story(&with_reminders(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.due_at = row.stored_at);
        fake.0.panics_at.set("send");
        fake.wait(SECOND);
        live(delivery);
        fake.wait(2 * SECOND);
        live(delivery);
        assert_eq!((fake.in_flight().len(), fake.counted(Counter::FailedReminders)), (0, 1));
        delivery.dump(bob(), DumpRequest::default());
        answer_all(fake, delivery);
        assert_eq!(fake.counted(Counter::DumpedMessages), 1);
    });
}

#[test]
fn what_was_in_flight_stays_so_and_what_was_delivered_is_still_deleted() {
    story(&Config { dump_window: 2, ..Config::default() }, |fake, delivery| {
        (1..=5).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        live(delivery);
        delivery.result(fake.take_first(), 200);
        fake.0.panics_at.set("send");
        live(delivery);
        // 3 panicked; never more than two are in flight, and 2 still counts.
        assert_eq!(fake.in_flight(), ["message 2", "message 4"]);
        fake.0.panics_at.set("delete");
        fake.wait(SECOND);
        live(delivery);
        fake.wait(2 * SECOND);
        answer_all(fake, delivery);
        fake.wait(2 * SECOND);
        live(delivery);
        assert_eq!(fake.ids(), [3]);
    });
}
