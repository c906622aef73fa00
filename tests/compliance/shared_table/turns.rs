//! Who delivers, and when the other does.

use std::time::{Duration, Instant};

use super::{claims, is_from, put, put_all, sharing, QUICK};
use crate::differences::differs;
use crate::harness::{until, Answer};
use crate::skip::with_sql;

#[test]
fn a_user_who_registers_at_two_servers_gets_each_message_once_and_in_order() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster = sharing(2, |builder| builder);
        let texts: Vec<String> = (0..250).map(|number| format!("message {number}")).collect();
        put_all(&cluster[0], "bob", &texts);
        let bob = cluster[0].agent("bob");
        bob.register_at(&cluster);
        let got: Vec<String> = texts.iter().map(|_| bob.receive().text()).collect();
        assert_eq!(got, texts);
        cluster[0].table().wait_until_empty();
        bob.register_at(&cluster);
        put(&cluster[0], "bob", "one more");
        bob.register_at(&cluster);
        assert_eq!(bob.receive().text(), "one more");
        cluster[0].table().wait_until_empty();
        assert!(bob.receive_within(Duration::from_secs(2)).is_none());
    });
}

#[test]
fn what_is_in_flight_is_claimed_and_what_fails_is_given_back() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster = sharing(2, |builder| builder);
        let bob = cluster[1].agent("bob");
        bob.answer(Answer::Silence);
        put_all(&cluster[0], "bob", &["one", "two"]);
        bob.register();
        let first = bob.receive();
        assert_eq!(claims(&cluster[0]), [2, 2]);
        bob.answer(Answer::Code(480, "Not Now"));
        bob.reply(&first, 480, "Not Now");
        bob.receive();
        until("both are free", || cluster[0].table().rows().iter().all(|row| row.status == 0));
        assert_eq!(cluster[0].table().count(), 2);
    });
}

#[test]
fn whoever_registers_elsewhere_while_a_dead_phone_is_waited_for_gets_the_messages_when_that_is_over() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster = sharing(2, |builder| builder.modparam("tm", "fr_timer", 3000));
        let (dead, alive) = (cluster[0].agent("bob"), cluster[1].agent("bob"));
        dead.answer(Answer::Silence);
        put_all(&cluster[0], "bob", &["one", "two"]);
        dead.register();
        dead.receive();
        alive.register();
        // tm of the first says 408 after 3 s, then both rows are free.
        until("the first server has given up", || claims(&cluster[0]) != [1, 1]);
        let end = Instant::now() + Duration::from_secs(5);
        assert_eq!([alive.receive().text(), alive.receive().text()], ["one", "two"]);
        assert!(Instant::now() < end, "the second server looked again too late");
        cluster[0].table().wait_until_empty();
    });
}

#[test]
fn a_stop_gives_everything_back() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let mut cluster = sharing(2, |builder| builder);
        let (dead, alive) = (cluster[0].agent("bob"), cluster[1].agent("bob"));
        dead.answer(Answer::Silence);
        put_all(&cluster[0], "bob", &["message 0", "message 1", "message 2"]);
        dead.register();
        dead.receive();
        assert_eq!(claims(&cluster[1]), [1, 1, 1]);
        cluster[0].stop();
        assert!(cluster[1].table().rows().iter().all(|row| row.status == 0));
        alive.register();
        (0..3).for_each(|number| assert_eq!(alive.receive().text(), format!("message {number}")));
        cluster[1].table().wait_until_empty();
    });
}

#[test]
fn what_a_crashed_server_had_is_taken_over_when_its_lease_is_over() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let mut cluster = sharing(2, |builder| builder.env(QUICK.0, QUICK.1));
        let (dead, alive) = (cluster[0].agent("bob"), cluster[1].agent("bob"));
        dead.answer(Answer::Silence);
        put_all(&cluster[0], "bob", &["message 0", "message 1", "message 2"]);
        dead.register();
        dead.receive();
        cluster[0].kill_9();
        alive.register();
        // The lease lasts for 8 s at most, and the server looks again 4 s later at the latest.
        let receive = || alive.receive_within(Duration::from_secs(60)).map(|message| message.text());
        (0..3).for_each(|number| assert_eq!(receive(), Some(format!("message {number}"))));
        cluster[1].table().wait_until_empty();
    });
}

#[test]
fn a_server_that_starts_again_frees_what_its_crash_left_and_says_so() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let mut cluster = sharing(1, |builder| builder);
        let bob = cluster[0].agent("bob");
        bob.answer(Answer::Silence);
        put(&cluster[0], "bob", "hello");
        bob.register();
        bob.receive();
        assert_eq!(claims(&cluster[0]), [1]);
        cluster[0].kill_9();
        assert_eq!(claims(&cluster[0]), [1]);
        cluster[0].start_again();
        assert_eq!(claims(&cluster[0]), [0]);
        let line = "1 messages were claimed by server_id 1 and are free again";
        assert!(cluster[0].log().text().contains(line), "{}", cluster[0].log().text());
        bob.answer(Answer::Code(200, "OK"));
        bob.register();
        assert_eq!(bob.receive().text(), "hello");
        cluster[0].table().wait_until_empty();
    });
}

#[test]
fn claims_are_renewed_while_a_phone_is_waited_for() {
    differs(|| {
        if !with_sql() {
            return;
        }
        // Ten seconds: longer than a lease of these servers lasts.
        let cluster = sharing(2, |builder| builder.env(QUICK.0, QUICK.1).modparam("tm", "fr_timer", 10_000));
        let (slow, other) = (cluster[0].agent("bob"), cluster[1].agent("bob"));
        slow.answer(Answer::Silence);
        put(&cluster[0], "bob", "hello");
        slow.register();
        let message = slow.receive();
        other.register();
        assert!(other.receive_within(Duration::from_secs(9)).is_none(), "the row is in flight at the first server");
        slow.reply(&message, 200, "OK");
        assert!(is_from(&message, &cluster[0]));
        cluster[0].table().wait_until_empty();
        assert!(other.receive_within(Duration::from_secs(5)).is_none());
    });
}
