//! What is sent when, and what a phone that does not answer holds up.

use super::*;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::fakes::bob;
use crate::silo::message::aor::Aor;

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
        for register in 1..=2 {
            fake.wait(SECOND);
            delivery.dump(bob(), DumpRequest::default());
            settle(delivery);
            assert_eq!(fake.in_flight(), [format!("message {register}")]);
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

#[test]
fn a_message_that_was_handed_back_stays_and_does_not_hold_up_the_next() {
    story(&Config { dump_window: 2, ..Config::default() }, |fake, delivery| {
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        let tickets = [fake.take_first(), fake.take_first()];
        fake.0.handed_back.borrow_mut().extend(tickets);
        tickets.into_iter().for_each(|ticket| delivery.result(ticket, 202));
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 3"]);
        delivery.result(fake.take_first(), 200);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), [1, 2]);
        assert_eq!((fake.counted(Counter::FailedMessages), fake.counted(Counter::DumpedMessages)), (2, 1));
    });
}

#[test]
fn a_process_that_is_to_end_sends_nothing_more() {
    story(&Config { dump_window: 2, ..Config::default() }, |fake, delivery| {
        (1..=9).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.0.is_stopping.set(true);
        delivery.result(fake.take_first(), 200);
        delivery.work();
        assert_eq!((fake.in_flight().len(), delivery.unwritten()), (1, 1));
    });
}

#[test]
fn answers_are_awaited_as_long_as_a_message_would_not_have_been_retransmitted() {
    story(&Config { dump_window: 2, ..Config::default() }, |fake, delivery| {
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert!(delivery.awaits_answers());
        delivery.unrelayed(fake.take_first());
        assert!(delivery.awaits_answers() && delivery.in_flight() == 2);
        delivery.unrelayed(fake.take_first());
        assert!(!delivery.awaits_answers());
    });
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        fake.wait(SECOND / 2);
        assert!(!delivery.awaits_answers());
    });
}
