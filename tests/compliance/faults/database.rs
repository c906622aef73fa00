//! The table is away for a while, or locked by somebody else.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::RwLock;
use std::thread;
use std::time::{Duration, Instant};

use super::{all, fill, numbers, sorted};
use crate::differences::differs;
use crate::harness::{database_under_test, until, until_none_is_left, Kind, Server, SipMessage};
use crate::skip::{only_on, with_sql};

const AWAY: &str = "ALTER TABLE silo RENAME TO silo_away";
const BACK: &str = "ALTER TABLE silo_away RENAME TO silo";

/// What the database says of a table that is away.
fn no_table() -> &'static str {
    match database_under_test() {
        Kind::Mysql => "doesn't exist",
        Kind::Postgres => "does not exist",
        Kind::Sqlite | Kind::Text => "no such table",
    }
}

/// C: the same.
#[test]
fn what_cannot_be_stored_is_refused_and_what_was_accepted_arrives() {
    if !with_sql() {
        return;
    }
    let server = Server::builder().children(4).start();
    server.expect_log_error("ERROR");
    let (over, server) = (AtomicBool::new(false), &server);
    // SQLite lets a crowd of writers starve somebody who wants the whole table, so they stop for that moment.
    let moment = RwLock::new(());
    let accepted: Vec<String> = thread::scope(|scope| {
        let send = |sender: usize| {
            let agent = server.agent(&format!("sender-{sender}"));
            let mut accepted = Vec::new();
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let _turn = moment.read();
                let text = format!("{sender}-{number}");
                match agent.message("bob").body("text/x-number", text.as_bytes()).send().code() {
                    202 => accepted.push(text),
                    code => assert!(code >= 500, "answered {code}"),
                }
            }
            accepted
        };
        let rename = |sql: &str| {
            let _alone = moment.write();
            server.table().execute(sql);
        };
        let senders: Vec<_> = (0..4).map(|sender| scope.spawn(move || send(sender))).collect();
        until("messages are stored", || server.statistic("stored_messages") > 20);
        rename(AWAY);
        until("many were refused", || server.log().count("m_store returned -1") > 20);
        rename(BACK);
        let stored = server.statistic("stored_messages");
        until("messages are stored again", || server.statistic("stored_messages") > stored + 20);
        over.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().expect("a sender is done")).collect()
    });
    let bob = server.agent("bob");
    // One whose answer was a refusal may have been stored all the same, so there may be more.
    let (mut got, mut looks) = (HashSet::new(), 0);
    until_none_is_left("all that was accepted has arrived", || {
        // C may find the table locked, and then does nothing until the next REGISTER.
        if looks % 100 == 0 {
            bob.register();
        }
        looks += 1;
        got.extend(bob.receive_all(bob.waiting()).iter().map(SipMessage::text));
        accepted.iter().filter(|text| !got.contains(*text)).count() as i64
    });
}

/// C logs three lines for each message.
#[test]
fn a_database_that_is_away_is_news_once_a_second() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let server = Server::builder().children(1).start();
        server.expect_log_error("ERROR");
        let alice = server.agent("alice");
        server.table().execute(AWAY);
        let refuse = |count: usize| {
            for _ in 0..count {
                alice.message("bob").text("hello").send().expect_code(503);
            }
        };
        refuse(1);
        let begun = Instant::now();
        refuse(199);
        let lines = server.log().count("ERROR: msilo");
        assert!(lines as u64 <= begun.elapsed().as_secs() + 2, "{lines} lines in {:?}", begun.elapsed());
        // A line says how many were left out before it: whatever the pace of this machine, one of the next has its second.
        let mut refused = 200;
        until("every refusal is in a line, or counted in one", || {
            refuse(1);
            refused += 1;
            server.log().count("not stored") + left_out(&server) == refused
        });
        server.table().execute(BACK);
        alice.message("bob").text("hello").send().expect_code(202);
    });
}

/// How many lines the server says it has left out.
fn left_out(server: &Server) -> usize {
    let count = |line: &str| line.split_once(" similar line")?.0.rsplit_once('(')?.1.parse::<usize>().ok();
    server.log().text().lines().filter_map(count).sum()
}

/// C's m_dump() fails, and bob has to register once more.
#[test]
fn a_dump_that_cannot_read_the_table_goes_on_when_it_is_back() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let server = Server::start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 20);
        server.table().execute(AWAY);
        bob.register();
        server.wait_for_log(no_table());
        assert_eq!(bob.waiting(), 0);
        server.table().execute(BACK);
        assert_eq!(numbers(&bob, 20), all(20));
        server.table().wait_until_empty();
    });
}

/// C forgets what it could not delete, and sends it again.
#[test]
fn a_table_that_goes_away_in_the_middle_of_a_dump_costs_nothing_and_doubles_nothing() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let server = Server::start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 500);
        bob.register();
        let mut got = numbers(&bob, 50);
        server.table().execute(AWAY);
        server.wait_for_log(no_table());
        server.table().execute(BACK);
        got.extend(numbers(&bob, 450));
        assert_eq!(sorted(got), all(500));
        server.table().wait_until_empty();
        bob.register();
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent again");
    });
}

/// C refuses what it cannot write at once.
#[test]
fn a_database_that_somebody_else_locks_for_three_seconds_loses_and_refuses_nothing() {
    if !only_on(&[Kind::Sqlite], "only SQLite has one lock for all") {
        return;
    }
    differs(|| {
        const HELD: Duration = Duration::from_secs(3);
        // Not in WAL mode, so that the lock keeps readers out, too.
        let server = Server::builder()
            .children(4)
            .modparam("tm", "fr_timer", 30_000)
            .sql("PRAGMA journal_mode = DELETE")
            .start();
        let (carol, server) = (server.agent("carol"), &server);
        fill(server, "carol", 300);
        carol.register();
        let mut got = numbers(&carol, 10);
        let begun = Instant::now();
        server.table().execute("BEGIN EXCLUSIVE");
        let codes: Vec<u16> = thread::scope(|scope| {
            let senders: Vec<_> = (0..4)
                .map(|sender| {
                    scope.spawn(move || {
                        let agent = server.agent(&format!("sender-{sender}"));
                        (0..10).map(|number| agent.message("bob").text(&number.to_string()).send().code()).collect()
                    })
                })
                .collect();
            // The fault lasts this long, whatever the server does meanwhile.
            thread::sleep(HELD.saturating_sub(begun.elapsed()));
            server.table().execute("COMMIT");
            senders.into_iter().flat_map(|sender| sender.join().unwrap_or_else(|_| vec![0])).collect()
        });
        assert_eq!(codes, [202; 40]);
        got.extend(numbers(&carol, 290));
        assert_eq!(sorted(got), all(300));
        until("only bob's messages are left", || server.table().count() == 40);
        let bob = server.agent("bob");
        bob.register();
        bob.receive_all(40);
        server.table().wait_until_empty();
    });
}

/// As a backup does. C: the driver gives up a statement after some seconds, and sends it again while the one before
/// still waits.
#[test]
fn a_table_that_somebody_locks_for_eight_seconds_holds_no_message_twice() {
    if only_on(&[Kind::Mysql, Kind::Postgres], "SQLite and db_text have no table locks") {
        differs(|| expect_nothing_twice(&Server::start(), "hello"));
    }
}

/// The driver connects anew by itself, and tells nobody. C: as above.
#[test]
fn nor_does_one_that_is_locked_after_the_database_has_been_restarted() {
    if !only_on(&[Kind::Mysql], "only db_mysql repeats what waits for a lock") {
        return;
    }
    differs(|| {
        let server = Server::builder().own_database_server(&[]).start();
        let alice = server.agent("alice");
        alice.message("carol").text("before").send().expect_code(202);
        server.table().service().stop();
        server.table().service().start_again();
        server.expect_log_error("ERROR");
        expect_nothing_twice(&server, "hello");
    });
}

/// What is not ASCII is written through the DB API.
#[test]
fn nor_does_one_that_is_locked_while_a_message_comes_that_is_not_ascii() {
    if only_on(&[Kind::Mysql, Kind::Postgres], "SQLite and db_text have no table locks") {
        differs(|| expect_nothing_twice(&Server::start(), "žluťoučký kůň"));
    }
}

/// Locks the table for eight seconds, and sends a message meanwhile.
#[track_caller]
fn expect_nothing_twice(server: &Server, text: &str) {
    let (lock, held) = match database_under_test() {
        Kind::Mysql => (
            "START TRANSACTION; SELECT id FROM silo FOR UPDATE; SELECT SLEEP(8); COMMIT;",
            "information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'",
        ),
        _ => ("BEGIN; LOCK TABLE silo; SELECT pg_sleep(8); COMMIT;", "pg_stat_activity WHERE wait_event = 'PgSleep'"),
    };
    server.expect_log_error("ERROR");
    let alice = server.agent("alice");
    let held = || server.table().number(&format!("SELECT COUNT(*) FROM {held}")) > 0;
    let request = alice.message("bob").text(text).bytes();
    let reply = thread::scope(|scope| {
        scope.spawn(|| server.table().execute(lock));
        until("the table is locked", held);
        alice.try_request(&request, Duration::from_secs(30))
    });
    let code = reply.expect("an answer").code();
    server.settle();
    let stored = server.table().count_of("bob");
    assert_eq!((code, stored), if stored > 0 { (202, 1) } else { (503, 0) }, "stored more often than it was accepted");
}
