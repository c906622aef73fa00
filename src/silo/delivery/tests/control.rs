//! What an operator asks of the delivery: rows are removed, it is paused, and it says how an inbox stands.

use super::*;
use crate::silo::delivery::control::question::{Answer, Doing, Question, Removed, Standing};
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::fakes::{bob, START};

fn remove(delivery: &mut Delivery<'_, Fake, Fake>, ids: &[i64]) -> Answer {
    delivery.ask(&Question::Remove(ids.iter().map(|&id| (id, START)).collect()))
}

fn done(removed: usize, in_the_way: usize) -> Answer {
    Answer::Removed(Removed { removed, in_the_way })
}

fn standing(delivery: &mut Delivery<'_, Fake, Fake>) -> Standing {
    match delivery.ask(&Question::Inspect(bob())) {
        Answer::Standing(standing) => standing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_in_flight_stays_and_what_waits_behind_it_is_forgotten() {
    story(&Config::default(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(remove(delivery, &[1, 2]), done(1, 1));
        assert_eq!(fake.ids(), [1, 3]);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 3"]);
        // The first is delivered, and only waits for its DELETE.
        assert_eq!(remove(delivery, &[1]), done(0, 0));
    });
}

#[test]
fn a_row_that_has_the_id_of_another_stays() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.stored_at = START + 1);
        assert_eq!(remove(delivery, &[1, 2]), done(0, 0));
        assert_eq!(fake.ids(), [1]);
    });
}

#[test]
fn a_reminder_that_waits_is_forgotten() {
    let config = with_reminders();
    story(&config, |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        (1..=2).for_each(|id| fake.change(id, |row| row.due_at = START));
        fake.0.is_paused.set(true);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(standing(delivery).waiting, 2);
        assert_eq!(remove(delivery, &[1]), done(1, 0));
        fake.0.is_paused.set(false);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn where_the_store_does_not_remove_it_it_is_sent() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.0.undeletable.set(Some(2));
        assert_eq!(remove(delivery, &[2]), Answer::NotDone);
        assert!(delivery.take_error().is_some_and(|error| error.contains("a row is kept")));
        assert_eq!(delivery.take_error(), None);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn while_it_is_paused_nothing_new_is_sent_and_answers_count() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.0.is_paused.set(true);
        delivery.result(fake.take_first(), 200);
        let idle = settle(delivery);
        fake.wait(50 * MILLI);
        settle(delivery);
        assert!(fake.in_flight().is_empty() && idle > Duration::ZERO);
        assert_eq!(fake.ids(), [2]);
        assert_eq!(standing(delivery), Standing { doing: Doing::Waiting, waiting: 1, next_look: None });
        fake.0.is_paused.set(false);
        assert_eq!(standing(delivery).next_look, Some(Duration::ZERO));
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn the_load_is_what_there_is_to_do() {
    story(&Config::default(), |fake, delivery| {
        assert_eq!(delivery.load(), Default::default());
        (1..=2).for_each(|id| fake.store(id, "bob"));
        fake.wait(SECOND);
        delivery.dump(bob(), DumpRequest::default());
        assert_eq!(standing(delivery).doing, Doing::Waiting);
        settle(delivery);
        let load = delivery.load();
        assert_eq!((load.inboxes, load.in_flight, load.undeleted), (1, 1, 0));
        assert_eq!(load.oldest, Some(SECOND));
        assert_eq!((standing(delivery).doing, standing(delivery).waiting), (Doing::Sending, 1));
        fake.0.store_is_down.set(true);
        delivery.result(fake.take_first(), 200);
        fake.wait(SECOND);
        delivery.work();
        assert_eq!(delivery.load().undeleted, 1);
        assert!(delivery.store_is_away() && !delivery.check_store());
    });
}
