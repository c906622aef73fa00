//! The network between the server and its database: slow, or silent without the end of any connection.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{all, fill, numbers, sorted};
use crate::differences::differs;
use crate::harness::{database_under_test, until_none_is_left, within, Agent, Kind, Server, ServerBuilder, Table};
use crate::skip::only_on;

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two messages of those who talk, and after one that was refused.
const TALK: Duration = Duration::from_millis(50);
/// Messages that wait when the weather changes.
const WAITING: usize = 300;

fn has_network() -> bool {
    only_on(&[Kind::Mysql, Kind::Postgres], "there is no network to it")
}

/// A server whose database driver waits so many seconds for an answer.
fn server(timeout: i32) -> ServerBuilder {
    let builder = Server::builder().children(4).relayed_database();
    // The callers wait for longer than tm does by default.
    let builder = builder.modparam("tm", "fr_timer", 60_000).modparam("tm", "max_noninv_lifetime", 60_000);
    match database_under_test() {
        Kind::Mysql => builder.modparam("db_mysql", "timeout_interval", timeout),
        _ => builder.modparam("db_postgres", "timeout", timeout),
    }
}

/// How long a slow network takes.
const SLOWLY: Duration = Duration::from_secs(5);

fn slow(table: &Table) {
    table.network().delay(SLOWLY);
}

fn silent(table: &Table) {
    table.network().silence();
}

fn fine(table: &Table) {
    table.network().restore();
}

/// What became of the messages of a sender.
#[derive(Debug, Default)]
struct Sent {
    accepted: BTreeSet<String>,
    refused: usize,
}

/// Sends one message after the other to bob, who is offline, until it is over.
fn write_on(server: &Server, name: &str, over: &AtomicBool) -> Sent {
    let agent = server.agent(name);
    let mut sent = Sent::default();
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("{name}-{number}");
        let request = agent.message("bob").body("text/x-number", text.as_bytes()).bytes();
        match agent.try_request(&request, PATIENCE).map(|reply| reply.code()) {
            Some(202) => drop(sent.accepted.insert(text)),
            Some(503) => {
                sent.refused += 1;
                thread::sleep(TALK);
            }
            other => panic!("answered {other:?}"),
        }
    }
    sent
}

/// Sends messages to dave, who is online, until it is over. Gives the longest time that one took.
fn talk_on(server: &Server, over: &AtomicBool) -> Duration {
    let caller = server.agent("caller");
    let mut longest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let begin = Instant::now();
        let reply = caller.try_request(&caller.message("dave").text("hello").bytes(), PATIENCE);
        assert_eq!(reply.map(|reply| reply.code()), Some(200), "to dave");
        longest = longest.max(begin.elapsed());
        thread::sleep(TALK);
    }
    longest
}

/// At most one line a second of the module, from each process.
#[track_caller]
fn expect_few_lines(server: &Server, begun: Instant) {
    let log = server.log().text();
    let ours: Vec<&str> = log.lines().filter(|line| line.contains("ERROR: msilo")).collect();
    let processes: BTreeSet<&str> = ours.iter().filter_map(|line| line.split(')').next()).collect();
    for process in processes {
        let lines = ours.iter().filter(|line| line.starts_with(process)).count() as u64;
        assert!(lines <= begun.elapsed().as_secs() + 2, "{lines} lines of {process}) in {:?}", begun.elapsed());
    }
}

/// Has messages stored and delivered while the weather is bad for some time: others can talk meanwhile, and of what
/// was accepted nothing is lost and nothing comes twice. Gives how many were refused.
fn live_through(server: Server, bad: impl Fn(&Table), lasting: Duration, good: impl Fn(&Table)) -> usize {
    server.expect_log_error("ERROR");
    let (carol, dave, server) = (server.agent("carol"), server.agent("dave"), &server);
    dave.register();
    fill(server, "carol", WAITING);
    carol.register();
    let mut got = numbers(&carol, 20);
    let begun = Instant::now();
    let (written, talked) = (AtomicBool::new(false), AtomicBool::new(false));
    bad(server.table());
    let (sent, longest) = thread::scope(|scope| {
        let (written, talked) = (&written, &talked);
        let writers = ["eve", "frank"].map(|name| scope.spawn(move || write_on(server, name, written)));
        let talk = scope.spawn(move || talk_on(server, talked));
        // The weather lasts so long, whatever the server does meanwhile.
        thread::sleep(lasting);
        good(server.table());
        talked.store(true, Ordering::Relaxed);
        let stored = server.statistic("stored_messages");
        let back = within(PATIENCE, || (server.statistic("stored_messages") > stored + 20).then_some(()));
        written.store(true, Ordering::Relaxed);
        back.expect("messages are stored again");
        let sent = writers.map(|writer| writer.join().expect("a writer is done"));
        (sent, talk.join().expect("they could talk"))
    });
    expect_few_lines(server, begun);
    got.extend(numbers(&carol, WAITING - got.len()));
    assert_eq!(sorted(got), all(WAITING));
    let bob = server.agent("bob");
    // What was refused may still be on its slow way to the database: then it is stored when bob has got the others.
    until_none_is_left("bob has got all that there is", || {
        bob.register();
        let _ = within(Duration::from_secs(1), || (server.table().count() == 0).then_some(()));
        server.table().count()
    });
    expect_once(&bob, sent.iter().flat_map(|sent| &sent.accepted));
    assert_eq!(carol.waiting(), 0, "something came twice");
    assert!(longest < Duration::from_secs(2), "who is online had to wait {longest:?}");
    let (accepted, refused) =
        (sent.iter().map(|sent| sent.accepted.len()).sum::<usize>(), sent.iter().map(|sent| sent.refused).sum());
    println!("{accepted} accepted, {refused} refused; the longest talk took {longest:?}");
    refused
}

/// The drivers send a statement again, up to three times in all, before they give up. What of that the network still holds
/// when it is well again is done, too: so much can come twice of what two writers were storing.
const REPEATED_BY_THE_DRIVER: usize = 4;

/// All of these have come, and nothing has come twice that the driver has not stored twice.
#[track_caller]
fn expect_once<'a>(agent: &Agent, accepted: impl Iterator<Item = &'a String>) {
    let messages = agent.receive_all(agent.waiting());
    let distinct: BTreeSet<String> = messages.iter().map(|message| message.text()).collect();
    // What was refused may be there, too: stored by a database whose answer came too late.
    let twice = messages.len() - distinct.len();
    assert!(twice <= REPEATED_BY_THE_DRIVER, "{twice} came twice");
    let lost: Vec<&String> = accepted.filter(|text| !distinct.contains(*text)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
}

#[test]
fn a_database_that_takes_five_seconds_refuses_nothing_where_the_driver_waits_longer() {
    if has_network() {
        let refused = live_through(server(10).start(), slow, 4 * SLOWLY, fine);
        assert_eq!(refused, 0);
    }
}

/// C forgets what it could not delete.
#[test]
fn a_database_that_takes_longer_than_the_driver_waits_is_reported_to_the_sender() {
    if has_network() {
        differs(|| {
            let refused = live_through(server(2).start(), slow, 4 * SLOWLY, fine);
            assert!(refused > 0, "nobody was told");
        });
    }
}

/// C forgets what it could not delete.
#[test]
fn a_database_that_is_unreachable_for_thirty_seconds_loses_nothing() {
    if has_network() {
        differs(|| {
            let refused = live_through(server(2).start(), silent, Duration::from_secs(30), fine);
            assert!(refused > 0, "nobody was told");
        });
    }
}

/// C forgets what it could not delete.
#[test]
fn a_database_that_is_restarted_while_messages_are_stored_and_delivered_loses_nothing() {
    if has_network() {
        differs(|| {
            let server = server(2).own_database_server(&[]).start();
            server.expect_log_error("CRITICAL");
            let stop = |table: &Table| table.service().stop();
            let refused = live_through(server, stop, SLOWLY, |table| table.service().start_again());
            assert!(refused > 0, "nobody was told");
        });
    }
}

/// C has no such process.
#[test]
fn a_delivery_process_that_waits_for_a_silent_database_ends_with_the_server() {
    if has_network() {
        differs(|| {
            let mut server = server(600).debug(3).start();
            fill(&server, "carol", WAITING);
            server.table().network().silence();
            let carol = server.agent("carol");
            carol.register();
            server.wait_for_log("deliver the inbox of carol");
            let begun = Instant::now();
            server.stop();
            println!("stopped after {:?}", begun.elapsed());
            server.table().network().restore();
            server.start_again();
            carol.register();
            assert_eq!(numbers(&carol, WAITING), all(WAITING));
            server.table().wait_until_empty();
        });
    }
}
