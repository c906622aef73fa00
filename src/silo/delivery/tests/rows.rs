//! What is read from the table and what is written back.

use super::*;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::fakes::bob;
use crate::silo::message::aor::Aor;

#[test]
fn delivered_rows_are_deleted_together_and_soon() {
    story(&Config { dump_window: 9, ..Config::default() }, |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        (0..3).for_each(|_| delivery.result(fake.take_first(), 202));
        assert!(settle(delivery) <= 250 * MILLI);
        fake.wait(100 * MILLI);
        settle(delivery);
        assert!(fake.0.asked.borrow().contains(&"delete [1, 2, 3]".to_owned()));
    });
}

#[test]
fn a_delivered_message_whose_delete_fails_is_never_sent_again() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        fake.0.store_is_down.set(true);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.ids(), delivery.unwritten()), (vec![1], 1));

        fake.0.store_is_down.set(false);
        delivery.dump(bob(), DumpRequest::default());
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.ids(), fake.in_flight().len(), delivery.unwritten()), (vec![], 0, 0));
    });
}

#[test]
fn nothing_is_sent_while_the_store_is_down_and_all_of_it_after() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        fake.0.store_is_down.set(true);
        delivery.dump(bob(), DumpRequest::default());
        assert!(settle(delivery) >= 900 * MILLI, "it does not spin");
        fake.0.store_is_down.set(false);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_large_inbox_is_read_in_pages_and_rows_that_come_in_meanwhile_wait() {
    story(&Config { dump_window: 1000, ..Config::default() }, |fake, delivery| {
        (1..=250).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        let mut delivered = 0;
        while {
            settle(delivery);
            !fake.in_flight().is_empty()
        } {
            delivery.result(fake.take_first(), 200);
            delivered += 1;
            fake.store(1000 + delivered, "bob");
        }
        assert_eq!(delivered, 250);
        let pages = fake.0.asked.borrow().iter().filter(|asked| asked.starts_with("page")).count();
        assert_eq!(pages, 3);
    });
}

#[test]
fn what_is_over_is_not_delivered_and_is_swept() {
    let config = Config { sweep_every: 2000 * SECOND, ..Config::default() };
    story(&config, |fake, delivery| {
        fake.store(1, "bob");
        fake.wait(1000 * SECOND);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!((fake.in_flight().len(), fake.ids().len()), (0, 1));
        fake.wait(1000 * SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), []);
    });
}

#[test]
fn the_end_of_the_process_writes_down_what_was_delivered() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        delivery.shut_down().unwrap();
        assert_eq!(fake.ids(), []);
    });
}

#[test]
fn a_row_that_was_read_before_its_delete_is_not_sent_after_it() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 486);
        settle(delivery);
        delivery.result(fake.take_first(), 200);

        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), [1]);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), [""; 0]);
    });
}

#[test]
fn an_inbox_that_cannot_be_read_does_not_hold_up_the_others() {
    story(&Config::default(), |fake, delivery| {
        let carol = Aor::new(b"carol", b"example.org").unwrap();
        fake.store(1, "carol");
        fake.store(2, "bob");
        *fake.0.unreadable.borrow_mut() = Some(carol.clone());
        delivery.dump(carol, DumpRequest::default());
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn a_store_that_is_back_before_it_is_checked_costs_nobody_a_run() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        fake.0.page_fails_once.set(true);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_crowd_of_users_without_messages_costs_one_question() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "user7");
        for number in 0..100 {
            let owner = Aor::new(format!("user{number}").as_bytes(), b"example.org").unwrap();
            delivery.dump(owner, DumpRequest::default());
        }
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
        assert_eq!(*fake.0.asked.borrow(), ["occupied 100", "page after 0"]);
    });
}

#[test]
fn a_row_is_deleted_as_soon_as_nothing_else_is_to_be_done() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        let idle = delivery.work();
        assert_eq!((fake.in_flight().len(), fake.ids()), (1, vec![1, 2]), "the next message comes first");
        fake.wait(idle);
        delivery.work();
        assert_eq!(fake.ids(), [2]);
    });
}

#[test]
fn while_there_is_always_something_else_to_be_done_rows_are_deleted_two_dozen_at_a_time() {
    story(&Config::default(), |fake, delivery| {
        (1..=90).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        let mut most = 0;
        while !fake.in_flight().is_empty() {
            delivery.result(fake.take_first(), 200);
            most = most.max(delivery.unwritten());
            delivery.work();
        }
        assert_eq!(most, 24);
    });
}
