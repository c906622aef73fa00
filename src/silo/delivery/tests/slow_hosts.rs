//! Hosts that keep whoever sends to them waiting, and destinations that the script drops.

use super::contacts::{register as register_contacts, to_contacts};
use super::*;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::pacing::hosts::{Host, Trust};
use crate::silo::delivery::server::{Counter, SendError, Server, Ticket};
use crate::silo::fakes::bob;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

const RESOLVER: Duration = Duration::from_secs(20);

fn owner(name: &str) -> Aor {
    Aor::new(name.as_bytes(), b"example.org").unwrap()
}

/// A message for `user` that goes to `user`@`host`.
fn store(fake: &Fake, id: RowId, user: &str, host: &str) {
    fake.store(id, user);
    fake.change(id, |row| row.to = format!("sip:{user}@{host}").into_bytes());
}

fn slow(fake: &Fake, name: &str, trust: Trust) {
    fake.0.slow_hosts.borrow_mut().push(Host { name: name.into(), trust });
}

fn dump(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>, user: &str) {
    // Who comes one by one is looked up at once.
    fake.wait(10 * MILLI);
    delivery.dump(owner(user), DumpRequest::default());
    settle(delivery);
}

/// Takes what is to be sent apart.
fn apart(fake: &Fake) -> Vec<Ticket> {
    fake.0.apart.borrow_mut().drain(..).map(|(ticket, ..)| ticket).collect()
}

/// Takes the message that is to be sent apart, and says which it is.
fn next_apart(fake: &Fake) -> (Ticket, String) {
    let (ticket, message, _) = fake.0.apart.borrow_mut().pop().expect("there is one");
    (ticket, String::from_utf8_lossy(&message.body).rsplit(' ').next().unwrap().to_owned())
}

fn unresolved() -> Result<(), SendError> {
    Err(SendError::new("no such host"))
}

#[test]
fn ten_silent_hosts_in_ten_inboxes_delay_nobody_else_and_each_is_tried_once() {
    story(&Config::default(), |fake, delivery| {
        for number in 0..10 {
            let (user, host) = (format!("user{number}"), format!("silent{number}"));
            slow(fake, &host, Trust::Foreign);
            (1..=3).for_each(|id| store(fake, number * 10 + id, &user, &host));
        }
        fake.store(1000, "carol");
        (0..10).for_each(|number| dump(fake, delivery, &format!("user{number}")));
        let mut tried = 0;
        while let [ticket] = apart(fake)[..] {
            if tried == 0 {
                fake.wait(SECOND);
                dump(fake, delivery, "carol");
                assert_eq!(fake.in_flight(), ["message 1000"]);
            }
            fake.wait(RESOLVER);
            delivery.tried(ticket, RESOLVER, unresolved());
            settle(delivery);
            tried += 1;
        }
        assert_eq!((tried, fake.counted(Counter::FailedMessages)), (10, 10));
        // Each host waits now, whoever registers; nothing else is counted.
        fake.wait(SECOND);
        (0..10).for_each(|number| dump(fake, delivery, &format!("user{number}")));
        // The first of them was tried 200 s ago.
        assert_eq!(apart(fake).len(), 1);
        assert_eq!(fake.ids().len(), 31);
    });
}

#[test]
fn a_host_waits_longer_each_time_until_it_answers() {
    story(&Config::default(), |fake, delivery| {
        slow(fake, "silent", Trust::Foreign);
        (1..=9).for_each(|id| store(fake, id, "bob", "silent"));
        let mut try_it = |wait: u32, tried: usize, sent: Option<Result<(), SendError>>| {
            fake.wait(wait * SECOND);
            dump(fake, delivery, "bob");
            let tickets = apart(fake);
            assert_eq!(tickets.len(), tried, "after {wait} s");
            if let (Some(ticket), Some(sent)) = (tickets.first(), sent) {
                let answered = sent.is_ok();
                delivery.tried(*ticket, RESOLVER, sent);
                if answered {
                    delivery.result(*ticket, 415);
                }
                settle(delivery);
                apart(fake)
            } else {
                tickets
            }
        };
        try_it(1, 1, Some(unresolved()));
        try_it(159, 0, None);
        try_it(1, 1, Some(unresolved()));
        try_it(319, 0, None);
        // Slow, but it answers.
        let next = try_it(1, 1, Some(Ok(())));
        assert_eq!(next.len(), 1);
    });
}

#[test]
fn once_a_host_was_quick_its_messages_go_with_the_others() {
    story(&Config::default(), |fake, delivery| {
        slow(fake, "quick", Trust::Foreign);
        for (id, user) in [(1, "bob"), (2, "carol"), (3, "dave")] {
            store(fake, id, user, "quick");
            dump(fake, delivery, user);
        }
        let [ticket] = apart(fake)[..] else { panic!("one at a time") };
        assert_eq!(fake.in_flight().len(), 0);
        // The answer may be the first to come.
        delivery.result(ticket, 200);
        delivery.tried(ticket, MILLI, Ok(()));
        settle(delivery);
        assert_eq!((fake.in_flight(), apart(fake).len()), (vec!["message 2".to_owned(), "message 3".to_owned()], 0));
    });
}

#[test]
fn a_name_of_the_server_goes_with_the_others_until_it_is_slow() {
    story(&Config::default(), |fake, delivery| {
        slow(fake, "own", Trust::Own);
        store(fake, 1, "bob", "own");
        fake.0.takes.set(2 * SECOND);
        dump(fake, delivery, "bob");
        assert_eq!(fake.in_flight(), ["message 1"]);
        delivery.result(fake.take_first(), 200);
        settle(delivery);
        store(fake, 2, "bob", "own");
        fake.wait(SECOND);
        dump(fake, delivery, "bob");
        assert_eq!((fake.in_flight().len(), apart(fake).len()), (0, 0), "it waits for a minute");
        fake.wait(60 * SECOND);
        dump(fake, delivery, "bob");
        assert_eq!(apart(fake).len(), 1);
    });
}

#[test]
fn a_reminder_for_a_host_that_waits_becomes_an_ordinary_message() {
    story(&with_reminders(), |fake, delivery| {
        slow(fake, "example.org", Trust::Foreign);
        fake.store(1, "carol");
        dump(fake, delivery, "carol");
        let [ticket] = apart(fake)[..] else { panic!("it is tried") };
        delivery.tried(ticket, RESOLVER, unresolved());
        fake.store(2, "bob");
        fake.change(2, |row| row.due_at = row.stored_at);
        fake.wait(SECOND);
        settle(delivery);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!((apart(fake).len(), fake.counted(Counter::FailedReminders)), (0, 1));
        assert_eq!(fake.0.rows.borrow()[&2].due_at, 0);
    });
}

#[test]
fn what_is_never_heard_of_does_not_block_the_others_for_ever() {
    story(&Config::default(), |fake, delivery| {
        slow(fake, "silent", Trust::Foreign);
        store(fake, 1, "bob", "silent");
        store(fake, 2, "carol", "silent");
        dump(fake, delivery, "bob");
        dump(fake, delivery, "carol");
        assert_eq!(apart(fake).len(), 1);
        fake.wait(600 * SECOND);
        settle(delivery);
        assert_eq!((apart(fake).len(), fake.counted(Counter::FailedMessages)), (1, 1));
    });
}

#[test]
fn a_contact_that_waits_for_others_that_are_sent_apart_gets_its_turn() {
    story(&to_contacts(), |fake, delivery| {
        register_contacts(fake, &["s"]);
        slow(fake, "10.0.0.1", Trust::Slow);
        [(1, "bob"), (2, "bob"), (3, "carol"), (4, "carol")].into_iter().for_each(|(id, user)| fake.store(id, user));
        dump(fake, delivery, "bob");
        dump(fake, delivery, "carol");
        let (bobs, id) = next_apart(fake);
        assert_eq!((id.as_str(), apart(fake).len()), ("1", 0));
        delivery.tried(bobs, MILLI, Ok(()));
        settle(delivery);
        let (carols, id) = next_apart(fake);
        assert_eq!(id, "3");
        delivery.result(bobs, 200);
        settle(delivery);
        delivery.tried(carols, MILLI, Ok(()));
        settle(delivery);
        let (bobs, id) = next_apart(fake);
        assert_eq!(id, "2");
        // Carol's phone answers while Bob's next message is on its way.
        delivery.result(carols, 200);
        settle(delivery);
        delivery.tried(bobs, MILLI, Ok(()));
        delivery.result(bobs, 200);
        settle(delivery);
        let (carols, id) = next_apart(fake);
        assert_eq!(id, "4");
        delivery.tried(carols, MILLI, Ok(()));
        delivery.result(carols, 200);
        settle(delivery);
        assert!(delivery.inboxes.is_empty());
    });
}

#[test]
fn a_contact_whose_host_was_quick_does_not_wait_for_others_that_are_sent_apart() {
    story(&to_contacts(), |fake, delivery| {
        slow(fake, "s@10.0.0.1", Trust::Slow);
        slow(fake, "q@10.0.0.1", Trust::Foreign);
        [(1, "bob"), (2, "bob"), (3, "carol"), (4, "carol")].into_iter().for_each(|(id, user)| fake.store(id, user));
        register_contacts(fake, &["s"]);
        dump(fake, delivery, "carol");
        register_contacts(fake, &["q"]);
        dump(fake, delivery, "bob");
        let (carols, _) = next_apart(fake);
        delivery.tried(carols, MILLI, Ok(()));
        settle(delivery);
        let (bobs, id) = next_apart(fake);
        assert_eq!(id, "1");
        delivery.result(carols, 200);
        settle(delivery);
        delivery.tried(bobs, MILLI, Ok(()));
        settle(delivery);
        assert_eq!(next_apart(fake).1, "4");
        delivery.result(bobs, 200);
        settle(delivery);
        assert_eq!(fake.in_flight(), ["message 2"]);
    });
}

/// Else it would come again at the next dump, and the user had it twice.
#[test]
fn what_is_sent_is_not_given_up_before_its_answer_can_be_there() {
    story(&Config::default(), |fake, delivery| {
        slow(fake, "silent", Trust::Foreign);
        store(fake, 1, "bob", "silent");
        dump(fake, delivery, "bob");
        let (ticket, begin_by) = fake.0.apart.borrow().first().map(|(ticket, _, by)| (*ticket, *by)).unwrap();
        let begun = begin_by - fake.0.elapsed.get();
        assert!(begun > RESOLVER, "it may have to wait for others: {begun:?}");
        fake.wait(begun + 10 * RESOLVER + fake.longest_transaction());
        settle(delivery);
        delivery.tried(ticket, 10 * RESOLVER, Ok(()));
        delivery.result(ticket, 200);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), []);
    });
}

/// A REGISTER every 20 s, so many times; the phone answers everything. Gives how often the script has dropped something.
fn register(fake: &Fake, delivery: &mut Delivery<'_, Fake, Fake>, times: usize) -> usize {
    let before = fake.counted(Counter::FailedMessages);
    for _ in 0..times {
        fake.wait(20 * SECOND);
        delivery.dump(bob(), DumpRequest::default());
        settle(delivery);
        while !fake.in_flight().is_empty() {
            delivery.result(fake.take_first(), 200);
            settle(delivery);
        }
    }
    fake.counted(Counter::FailedMessages) - before
}

#[test]
fn a_destination_that_the_script_drops_is_tried_less_and_less_often() {
    story(&Config::default(), |fake, delivery| {
        for id in 1..=50 {
            fake.store(id, "bob");
            fake.change(id, |row| row.expires_at += 100_000);
        }
        *fake.0.drops.borrow_mut() = Some(b"");
        let dropped = register(fake, delivery, 180);
        assert!((5..=8).contains(&dropped), "{dropped} dropped in an hour");
        *fake.0.drops.borrow_mut() = None;
        register(fake, delivery, 181);
        assert_eq!(fake.ids(), []);
    });
}

#[test]
fn one_message_that_the_script_drops_is_tried_less_and_less_often_and_holds_up_no_other() {
    story(&Config::default(), |fake, delivery| {
        fake.store(1, "bob");
        fake.change(1, |row| row.expires_at += 100_000);
        *fake.0.drops.borrow_mut() = Some(b"] message 1");
        let mut dropped = 0;
        for id in 2..=180 {
            fake.store(id, "bob");
            fake.change(id, |row| row.expires_at += 100_000);
            dropped += register(fake, delivery, 1);
            let left = fake.ids().into_iter().filter(|left| *left > 1 && *left < id - 3);
            assert_eq!(left.count(), 0, "after {id}");
        }
        assert!((5..=9).contains(&dropped), "{dropped} dropped in an hour");
        register(fake, delivery, 1);
        fake.wait(SECOND);
        settle(delivery);
        assert_eq!(fake.ids(), [1]);
    });
}
