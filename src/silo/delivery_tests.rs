//! The promises of the delivery, each against a store and a server that the test controls.

use std::time::Duration;

use super::aor::Aor;
use super::config::{Config, Reminders};
use super::delivery::{Delivery, Shard};
use super::fakes::{bob, Fake, START};
use super::inbox::DumpRequest;
use super::server::Counter;

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Runs a story with a delivery in a fresh world.
fn story(config: &Config, tell: impl FnOnce(&Fake, &mut Delivery<'_, Fake, Fake>)) {
    let fake = Fake::default();
    tell(&fake, &mut Delivery::new(fake.clone(), fake.clone(), config, Shard::SOLE));
}

/// Works until there is nothing to do at once.
fn settle(delivery: &mut Delivery<'_, Fake, Fake>) -> Duration {
    loop {
        let idle = delivery.work();
        if !idle.is_zero() {
            return idle;
        }
    }
}

fn with_reminders() -> Config {
    Config { reminders: Some(Reminders { from: b"sip:reg@example.org".to_vec(), every: 1 }), ..Config::default() }
}

#[test]
fn messages_go_out_one_at_a_time_in_the_order_they_came_in() {
    story(&Config::default(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        for id in 1..=3 {
            settle(delivery);
            assert_eq!(fake.in_flight(), [format!("message {id}")]);
            delivery.result(fake.take_first(), 200);
        }
        settle(delivery);
        fake.wait(50 * MILLI);
        settle(delivery);
        assert_eq!(fake.ids(), []);
        assert_eq!(fake.counted(Counter::DumpedMessages), 3);
    });
}

#[test]
fn the_window_allows_more_in_flight() {
    story(&Config { dump_window: 2, ..Config::default() }, |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1", "message 2"]);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2", "message 3"]);
    });
}

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
fn a_refused_message_stays_and_does_not_block_the_next() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        delivery.result(fake.take_first(), 415);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
        delivery.result(fake.take_first(), 200);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((fake.ids(), fake.counted(Counter::FailedMessages)), (vec![1], 1));

        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"]);
    });
}

#[test]
fn a_silent_phone_gets_one_message_for_each_register() {
    story(&Config::default(), |fake, delivery| {
        (1..=1000).for_each(|id| fake.store(id, "bob"));
        for _ in 0..2 {
            fake.wait(SECOND);
            delivery.dump(bob(), DumpRequest::default());
            settle(delivery);
            assert_eq!(fake.in_flight(), ["message 1"]);
            delivery.result(fake.take_first(), 408);
            settle(delivery);
            assert_eq!(fake.in_flight().len(), 0);
        }
        assert_eq!(fake.ids().len(), 1000);
    });
}

#[test]
fn a_message_for_a_dead_address_does_not_block_those_for_a_living_one() {
    story(&Config::default(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        fake.change(1, |row| row.to = b"sip:bob@no.such.host".to_vec());
        fake.0.unsendable.borrow_mut().push(b"sip:bob@no.such.host".to_vec());
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
        assert_eq!(fake.counted(Counter::FailedMessages), 1);
    });
}

#[test]
fn a_row_that_cannot_be_sent_is_left_and_passed_over() {
    story(&Config::default(), |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        fake.change(1, |row| row.to.clear());
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
        assert_eq!(fake.ids(), [1, 2]);
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
fn a_register_during_a_run_has_the_inbox_looked_at_again() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.store(2, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 1"], "never two of one message");
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

#[test]
fn no_more_than_asked_for_is_delivered() {
    story(&Config::default(), |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest { most: Some(1), ..DumpRequest::default() });
        settle(delivery);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 0);
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
fn many_inboxes_are_delivered_side_by_side_within_the_pace() {
    story(&Config::default(), |fake, delivery| {
        let owner = |id| Aor::new(format!("user{id}").as_bytes(), b"example.org").unwrap();
        (1..=500).for_each(|id| fake.store(id, &format!("user{id}")));
        (1..=500).for_each(|id| delivery.dump(owner(id), DumpRequest::default()));
        settle(delivery);
        let at_once = fake.in_flight().len();
        assert!((20..200).contains(&at_once), "{at_once} at once");
        while !fake.in_flight().is_empty() {
            delivery.result(fake.take_first(), 200);
            settle(delivery);
        }
        assert_eq!(fake.counted(Counter::DumpedMessages), 500);
    });
}

#[test]
fn silent_phones_do_not_hold_up_the_others() {
    story(&Config::default(), |fake, delivery| {
        let owner = |id| Aor::new(format!("user{id}").as_bytes(), b"example.org").unwrap();
        (1..=500).for_each(|id| fake.store(id, &format!("user{id}")));
        (1..=500).for_each(|id| delivery.dump(owner(id), DumpRequest::default()));
        for _ in 0..20 {
            settle(delivery);
            fake.wait(500 * MILLI);
        }
        assert_eq!(fake.in_flight().len(), 500);
    });
}

#[test]
fn a_lost_result_is_given_up_and_the_message_kept() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.wait(300 * SECOND);
        settle(delivery);
        assert_eq!((fake.ids(), fake.counted(Counter::FailedMessages)), (vec![1], 1));
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
fn a_server_short_of_memory_is_not_made_shorter() {
    story(&Config { dump_window: 100, ..Config::default() }, |fake, delivery| {
        (1..=100).for_each(|id| fake.store(id, "bob"));
        fake.0.memory_is_low.set(true);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 1);
        fake.wait(SECOND / 10);
        settle(delivery);
        assert_eq!(fake.in_flight().len(), 2);
        fake.0.memory_is_low.set(false);
        settle(delivery);
        assert!(fake.in_flight().len() > 50);
    });
}
