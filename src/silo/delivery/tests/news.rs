//! What scripts and senders are told.

use super::{settle, story, SECOND};
use crate::silo::config::settings::{Config, Listeners};
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::news::happening::Occasion;
use crate::silo::fakes::{bob, Fake, START};
use crate::silo::message::model::RowId;

fn listening() -> Config {
    let listeners = Listeners { delivered: true, undelivered: true, expired: true, waiting: true };
    Config { listeners, wake_after: Some(40), sweep_every: 10 * SECOND, ..Config::default() }
}

fn told(fake: &Fake) -> Vec<(Occasion, RowId, u16)> {
    fake.0.told.borrow_mut().drain(..).map(|happening| (happening.what, happening.id, happening.code)).collect()
}

#[test]
fn each_delivery_is_told_as_it_ended() {
    story(&listening(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 486);
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        assert_eq!(told(fake), [(Occasion::Undelivered, 1, 486), (Occasion::Delivered, 2, 200)]);
    });
}

#[test]
fn nobody_is_told_where_nobody_listens() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        fake.wait(700 * SECOND);
        settle(delivery);
        assert_eq!((told(fake), fake.0.receipts.borrow().len()), (vec![], 0));
        assert!(!fake.0.asked.borrow().iter().any(|asked| asked.starts_with("over") || asked == "waiting"));
    });
}

#[test]
fn what_is_in_flight_when_its_time_is_over_is_swept_when_it_has_landed() {
    story(&listening(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        fake.change(1, |row| row.expires_at = START + 5);
        fake.change(2, |row| (row.user, row.expires_at) = (b"carol".to_vec(), START + 5));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.wait(20 * SECOND);
        settle(delivery);
        assert_eq!((told(fake), fake.ids()), (vec![(Occasion::Expired, 2, 0)], vec![1]));
        delivery.result(fake.take_first(), 486);
        fake.wait(20 * SECOND);
        settle(delivery);
        assert_eq!(told(fake), [(Occasion::Undelivered, 1, 486), (Occasion::Expired, 1, 0)]);
        assert!(fake.ids().is_empty());
    });
}

#[test]
fn an_inbox_is_told_to_wait_once_in_an_interval() {
    story(&listening(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        let mut moments = Vec::new();
        for second in 1..=130 {
            fake.wait(SECOND);
            settle(delivery);
            moments.extend(told(fake).into_iter().map(|(what, id, _)| (second, what, id)));
        }
        let waiting = |second| (second, Occasion::Waiting, 1);
        assert_eq!(moments, [waiting(40), waiting(80), waiting(120)]);
    });
}

#[test]
fn a_look_for_messages_that_have_waited_holds_up_nothing_when_it_fails() {
    story(&listening(), |fake, delivery| {
        fake.store(1, "bob");
        fake.0.refuses.set("waiting");
        fake.wait(10 * SECOND);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
        assert!(delivery.take_error().is_some_and(|error| error.contains("it takes too long")));
    });
}
