//! Delivery straight to the registered contacts.

mod leaving;

use std::panic::{catch_unwind, AssertUnwindSafe};

use super::*;
use crate::silo::config::settings::DeliverTo;
use crate::silo::delivery::contacts::binding::Binding;
use crate::silo::delivery::contacts::receivers::Receivers;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::pacing::hosts::{Host, Trust};
use crate::silo::delivery::server::{Counter, SendError, Ticket};
use crate::silo::fakes::{bob, START};

pub(super) fn to_contacts() -> Config {
    Config { deliver_to: DeliverTo::Contacts, ..with_reminders() }
}

fn contact(name: &str) -> Binding {
    let uri = format!("sip:{name}@10.0.0.1").into_bytes();
    Binding { uri, takes_message: true, is_ours: true, expires_at: START + 100, ..Binding::default() }
}

pub(super) fn register(fake: &Fake, names: &[&str]) {
    *fake.0.contacts.borrow_mut() = names.iter().map(|name| contact(name)).collect();
}

/// What is in flight: "a 1" is message 1 on its way to contact a.
pub(super) fn in_flight(fake: &Fake) -> Vec<String> {
    let sent = fake.0.sent.borrow();
    let name =
        |uri: &[u8]| String::from_utf8_lossy(uri).trim_start_matches("sip:").split('@').next().unwrap().to_owned();
    let id = |body: &[u8]| String::from_utf8_lossy(body).rsplit(' ').next().unwrap().to_owned();
    sent.iter().map(|(_, message)| format!("{} {}", name(&message.request_uri), id(&message.body))).collect()
}

/// Takes this message in flight, to answer it.
fn take(fake: &Fake, what: &str) -> Ticket {
    let at = in_flight(fake).iter().position(|flight| flight == what).expect(what);
    fake.0.sent.borrow_mut().remove(at).0
}

pub(super) fn answer(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>, what: &str, status: u16) {
    delivery.result(take(fake, what), status);
    settle(delivery);
}

#[test]
fn each_contact_gets_each_message_in_order_and_the_row_goes_with_the_first_answer() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(in_flight(fake), ["a 1", "b 1"]);
        answer(fake, delivery, "a 1", 200);
        answer(fake, delivery, "a 2", 200);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert_eq!((fake.ids(), in_flight(fake)), (vec![], vec!["b 1".to_owned()]));
        answer(fake, delivery, "b 1", 200);
        answer(fake, delivery, "b 2", 486);
        settle(delivery);
        assert_eq!((fake.counted(Counter::DumpedMessages), fake.counted(Counter::FailedMessages)), (2, 0));
        let deletes = fake.0.asked.borrow().iter().filter(|asked| asked.starts_with("delete [")).count();
        assert_eq!(deletes, 1);
        assert!(delivery.inboxes.is_empty());
    });
}

#[test]
fn without_a_contact_nothing_is_sent_and_the_table_is_not_read() {
    story(&to_contacts(), |fake, delivery| {
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!((in_flight(fake).len(), fake.ids(), delivery.inboxes.len()), (0, vec![1], 0));
        assert!(fake.0.asked.borrow().iter().all(|asked| !asked.starts_with("page")));
    });
}

#[test]
fn a_contact_that_does_not_answer_leaves_and_the_message_waits() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a"]);
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "a 1", 408);
        assert_eq!((in_flight(fake).len(), fake.ids(), fake.counted(Counter::FailedMessages)), (0, vec![1, 2], 1));
        fake.wait(20 * MILLI);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(in_flight(fake), ["a 2"]);
    });
}

#[test]
fn a_refusal_of_all_is_a_failure_and_the_next_message_goes_on() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "a 1", 486);
        assert_eq!(fake.counted(Counter::FailedMessages), 0);
        answer(fake, delivery, "b 1", 603);
        assert_eq!(fake.counted(Counter::FailedMessages), 1);
        assert_eq!(in_flight(fake), ["a 2", "b 2"]);
    });
}

#[test]
fn a_register_while_a_dead_contact_is_waited_for_is_served_at_once() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["dead", "b"]);
        fake.store(1, "bob");
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "b 1", 200);
        fake.store(2, "bob");
        fake.wait(20 * MILLI);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(in_flight(fake), ["dead 1", "b 2"]);
        answer(fake, delivery, "b 2", 200);
        answer(fake, delivery, "dead 1", 408);
        // The REGISTER came since that was sent, and may have been its own.
        assert_eq!(in_flight(fake), ["dead 2"]);
        answer(fake, delivery, "dead 2", 408);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert_eq!((fake.ids(), fake.counted(Counter::FailedMessages), delivery.inboxes.len()), (vec![], 0, 0));
    });
}

#[test]
fn a_contact_that_comes_in_the_middle_gets_what_is_left() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a"]);
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        answer(fake, delivery, "a 1", 200);
        register(fake, &["a", "b"]);
        delivery.dump(bob(), DumpRequest::default());
        answer(fake, delivery, "a 2", 200);
        assert!(in_flight(fake).contains(&"b 3".to_owned()), "{:?}", in_flight(fake));
    });
}

#[test]
fn what_a_contact_takes_while_another_has_joined_does_not_come_to_it_again() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["x", "z"]);
        (1..=4).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        ["z 1", "z 2", "z 3", "z 4"].into_iter().for_each(|what| answer(fake, delivery, what, 405));
        register(fake, &["x", "y"]);
        fake.wait(20 * MILLI);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(in_flight(fake), ["x 1", "y 1"]);
        ["x 1", "x 2", "x 3", "x 4"].into_iter().for_each(|what| answer(fake, delivery, what, 200));
        assert_eq!((in_flight(fake), fake.counted(Counter::DumpedMessages)), (vec!["y 1".to_owned()], 4));
        answer(fake, delivery, "y 1", 200);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert_eq!((in_flight(fake).len(), fake.ids(), fake.counted(Counter::DumpedMessages)), (0, vec![], 4));
        assert!(delivery.inboxes.is_empty());
    });
}

#[test]
fn a_contact_that_vanishes_or_expires_in_the_middle_gets_nothing_more() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        register(fake, &["b"]);
        fake.wait(2 * SECOND);
        answer(fake, delivery, "b 1", 200);
        answer(fake, delivery, "a 1", 200);
        assert_eq!(in_flight(fake), ["b 2"]);
        fake.wait(200 * SECOND);
        answer(fake, delivery, "b 2", 200);
        assert_eq!(in_flight(fake).len(), 0);
    });
}

#[test]
fn a_dump_for_the_registration_leaves_the_others_alone() {
    story(&Config { deliver_to: DeliverTo::Registration, ..Config::default() }, |fake, delivery| {
        register(fake, &["a", "b"]);
        fake.store(1, "bob");
        let receivers = Receivers::These(vec![b"sip:b@10.0.0.1".to_vec()]);
        delivery.dump(bob(), DumpRequest { receivers, ..DumpRequest::default() });
        settle(delivery);
        assert_eq!(in_flight(fake), ["b 1"]);
    });
}

#[test]
fn a_reminder_goes_to_the_contacts_or_becomes_an_ordinary_message() {
    story(&to_contacts(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.due_at = START + 1);
        fake.wait(2 * SECOND);
        settle(delivery);
        fake.wait(60 * MILLI);
        settle(delivery);
        assert_eq!((in_flight(fake).len(), fake.0.rows.borrow()[&1].due_at), (0, 0));
        register(fake, &["a"]);
        fake.store(2, "bob");
        fake.change(2, |row| row.due_at = START + 3);
        fake.wait(2 * SECOND);
        settle(delivery);
        assert_eq!(in_flight(fake), ["a 2"]);
        answer(fake, delivery, "a 2", 200);
        assert_eq!(fake.counted(Counter::DumpedReminders), 1);
    });
}

#[test]
fn no_more_messages_than_asked_for_go_to_each_contact() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        (1..=3).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest { most: Some(1), ..DumpRequest::default() });
        settle(delivery);
        ["a 1", "b 1"].into_iter().for_each(|what| answer(fake, delivery, what, 200));
        assert_eq!((in_flight(fake).len(), delivery.inboxes.len()), (0, 0));
    });
}

#[test]
fn a_contact_that_cannot_be_sent_to_leaves_at_once() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        fake.0.unsendable.borrow_mut().push(b"sip:a@10.0.0.1".to_vec());
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        ["b 1", "b 2"].into_iter().for_each(|what| answer(fake, delivery, what, 200));
        assert_eq!((fake.counted(Counter::DumpedMessages), fake.counted(Counter::FailedMessages)), (2, 0));
        assert!(delivery.inboxes.is_empty());
    });
}

#[test]
fn a_contact_whose_host_may_be_slow_does_not_hold_the_others() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a", "b"]);
        let slow = Host { name: b"a@10.0.0.1".to_vec(), trust: Trust::Foreign };
        fake.0.slow_hosts.borrow_mut().push(slow);
        (1..=2).for_each(|id| fake.store(id, "bob"));
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        let apart = fake.0.apart.borrow_mut().remove(0).0;
        ["b 1", "b 2"].into_iter().for_each(|what| answer(fake, delivery, what, 200));
        delivery.tried(apart, SECOND, Err(SendError::new("nobody knows that host")));
        settle(delivery);
        assert_eq!((fake.counted(Counter::DumpedMessages), fake.counted(Counter::FailedMessages)), (2, 0));
        assert!(delivery.inboxes.is_empty());
    });
}

#[test]
fn an_internal_error_costs_one_message_and_not_the_line() {
    story(&to_contacts(), |fake, delivery| {
        register(fake, &["a"]);
        (1..=2).for_each(|id| fake.store(id, "bob"));
        fake.0.panics_at.set("send");
        delivery.dump(bob(), DumpRequest::default());
        assert!(catch_unwind(AssertUnwindSafe(|| delivery.work())).is_err());
        delivery.recover();
        settle(delivery);
        assert_eq!((in_flight(fake), fake.counted(Counter::FailedMessages)), (vec!["a 2".to_owned()], 1));
        answer(fake, delivery, "a 2", 200);
        fake.wait(20 * MILLI);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        assert_eq!(in_flight(fake), ["a 1"]);
    });
}
