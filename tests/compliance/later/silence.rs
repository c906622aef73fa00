//! The database is slow, silent or away: the server goes on, every message has an answer, and the answer is true.

use std::thread;
use std::time::Duration;

use super::later;
use super::load::{while_messages_come, Outcome};
use crate::differences::differs;
use crate::harness::{database_under_test, until, Agent, Kind, Server, ServerBuilder};
use crate::skip::only_on;

fn behind_a_network() -> bool {
    only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server")
}

/// For so many seconds nothing passes; `MSILO_SILENCE` makes it longer, for a record.
fn silence(seconds: u64) -> Duration {
    let wanted = std::env::var("MSILO_SILENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(wanted.unwrap_or(seconds))
}

/// The numbers of the messages in the table.
fn stored(server: &Server) -> Vec<usize> {
    let rows = server.table().rows();
    let mut numbers: Vec<usize> = rows
        .iter()
        .filter(|row| row.username == "bob")
        .map(|row| String::from_utf8_lossy(&row.body).parse().expect("the body is a number"))
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Proves that every message has an answer, that all with a 202 are in the table, once, and that nothing else is.
#[track_caller]
fn expect_the_truth(server: &Server, outcome: &Outcome) {
    assert_eq!(outcome.answers.len(), outcome.sent, "messages without an answer");
    // What is behind everything else in the same box.
    until("messages are stored again", || server.agent("last").message("bob").text("1000000").send().code() == 202);
    let mut wanted = outcome.with(202);
    until("the table holds what was accepted, and nothing else", || {
        let there: Vec<usize> = stored(server).into_iter().filter(|&number| number < 1_000_000).collect();
        wanted.sort_unstable();
        there == wanted
    });
}

#[test]
fn while_the_database_is_silent_the_server_answers_and_every_answer_is_true() {
    if !behind_a_network() {
        return;
    }
    differs(|| {
        let server = later().children(8).relayed_database().param("store_timeout", 2).start();
        server.expect_log_error("ERROR");
        let relay = server.table().network();
        let outcome = while_messages_come(&server, 200, || {
            until("messages are stored", || server.statistic("stored_messages") > 50);
            relay.silence();
            // The fault lasts so long, whatever the server does meanwhile.
            thread::sleep(silence(8));
            relay.restore();
            until("messages are stored again", || {
                let stored = server.statistic("stored_messages");
                thread::sleep(Duration::from_millis(500));
                server.statistic("stored_messages") > stored + 20
            });
        });
        let slowest = outcome.answers.values().map(|(_, took)| *took).max().unwrap_or_default();
        println!(
            "{} messages, {} stored, {} not stored at their time, {} refused at once; the slowest answer {slowest:?}; \
             OPTIONS: {} answered, p99 {:?}, {} unanswered",
            outcome.sent,
            outcome.with(202).len(),
            outcome.with(480).len(),
            outcome.with(503).len(),
            outcome.options.len(),
            outcome.percentile(99),
            outcome.unanswered_options
        );
        assert_eq!(outcome.unanswered_options, 0);
        assert!(outcome.with(480).len() > 100, "the database was silent for longer than a message waits");
        assert!(outcome.with(503).len() > 100, "nobody waits where others have waited in vain");
        expect_the_truth(&server, &outcome);
    });
}

/// C: the same, and it always was so.
#[test]
fn with_m_store_a_silent_database_stops_the_server() {
    if !behind_a_network() {
        return;
    }
    let server = Server::builder().children(2).relayed_database().start();
    server.expect_log_error("ERROR");
    let relay = server.table().network();
    let outcome = while_messages_come(&server, 50, || {
        until("messages are stored", || server.statistic("stored_messages") > 10);
        relay.silence();
        thread::sleep(silence(4));
        relay.restore();
    });
    println!(
        "{} messages, {} without an answer; OPTIONS: {} answered, p99 {:?}, {} unanswered",
        outcome.sent,
        outcome.sent - outcome.answers.len(),
        outcome.options.len(),
        outcome.percentile(99),
        outcome.unanswered_options
    );
    assert!(outcome.unanswered_options > 0, "{outcome:?}");
}

/// Each answer of the database takes a while, so that the answer to a commit is often on its way when nothing passes any
/// more. db_mysql then repeats what it has sent, on a new connection.
#[test]
fn an_answer_that_is_lost_makes_no_answer_untrue_and_no_message_double() {
    if !behind_a_network() {
        return;
    }
    differs(|| {
        let server = later().children(4).relayed_database().param("store_timeout", 2).start();
        server.expect_log_error("ERROR");
        let relay = server.table().network();
        let outcome = while_messages_come(&server, 50, || {
            for round in 0..3 {
                relay.delay(Duration::from_millis(100));
                thread::sleep(Duration::from_millis(1000 + 37 * round));
                relay.silence();
                thread::sleep(Duration::from_secs(5));
                relay.restore();
                until("messages are stored again", || {
                    let stored = server.statistic("stored_messages");
                    thread::sleep(Duration::from_millis(500));
                    server.statistic("stored_messages") > stored
                });
            }
        });
        expect_the_truth(&server, &outcome);
    });
}

/// tm would answer 408 itself.
#[test]
fn a_transaction_that_tm_is_about_to_end_is_answered_before_and_its_row_is_not_there() {
    if !behind_a_network() {
        return;
    }
    differs(|| {
        let server = later().modparam("tm", "fr_timer", 3000).relayed_database().start();
        server.expect_log_error("ERROR");
        let alice = server.agent("alice");
        // Then all processes have begun to work.
        alice.message("before").text("hello").send().expect_code(202);
        server.table().network().delay(Duration::from_millis(2000));
        alice.message("bob").text("1").send().expect_code(480);
        server.wait_for_log("later: -1 <the database has not answered in time>");
        server.table().network().restore();
        until("messages are stored", || alice.message("carol").text("hello").send().code() == 202);
        until("there is nothing for bob", || server.table().count_of("bob") == 0);
    });
}

/// A server whose messages wait for six seconds.
fn patient() -> ServerBuilder {
    later().param("store_timeout", 20).modparam("tm", "fr_timer", 6800).modparam("tm", "wt_timer", 1000)
}

/// Sends a message to bob whose row is committed, and the answer of the database to that comes when the sender was told
/// otherwise. Gives the request, once the row is deleted again.
#[track_caller]
fn store_too_late(server: &Server, alice: &Agent) -> Vec<u8> {
    // Then the storing process has told its session how to commit.
    alice.message("before").text("hello").send().expect_code(202);
    // Four answers with MariaDB, two with PostgreSQL: the last but one comes in time.
    let delay = if database_under_test() == Kind::Mysql { 1800 } else { 4000 };
    server.table().network().delay(Duration::from_millis(delay));
    let request = alice.message("bob").text("hello").bytes();
    alice.exchange_request(&request).expect_code(480);
    server.wait_for_log("1 messages were stored too late, and are deleted again");
    server.table().network().restore();
    request
}

#[test]
fn a_row_that_came_too_late_is_deleted_where_servers_share_the_table_too() {
    if !behind_a_network() {
        return;
    }
    differs(|| {
        let server = patient().server_id(1).param("shared_table", 1).relayed_database().start();
        store_too_late(&server, &server.agent("alice"));
        until("there is nothing for bob", || server.table().count_of("bob") == 0);
    });
}

/// tm knows nothing of the request any more, and the retransmission may be the first that arrives after a lost 480.
#[test]
fn a_retransmission_of_what_came_too_late_is_stored() {
    if !behind_a_network() {
        return;
    }
    differs(|| {
        let server = patient().relayed_database().start();
        let alice = server.agent("alice");
        let request = store_too_late(&server, &alice);
        until("tm has forgotten the request", || alice.exchange_request(&request).code() == 202);
        assert_eq!(server.table().count_of("bob"), 1);
    });
}
