//! The server ends, is killed, loses a process, or has no memory: each message that can be answered is, and truly.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{later, load::while_messages_come, processes};
use crate::differences::differs;
use crate::harness::{send_signal, until, Kind, Server, ServerBuilder};
use crate::skip::only_on;

const PATIENCE: Duration = Duration::from_secs(15);

/// A server whose processes have all begun to work.
fn started(server: ServerBuilder) -> Server {
    let server = server.start();
    server.agent("alice").message("before").text("hello").send().expect_code(202);
    server
}

/// Sends messages to bob from so many senders at once; does `work` when all of them wait for the database; gives their
/// codes, 0 where there is none.
fn while_they_wait(server: &Server, count: usize, work: impl FnOnce()) -> Vec<u16> {
    thread::scope(|scope| {
        let senders: Vec<_> = (0..count)
            .map(|number| {
                scope.spawn(move || {
                    let agent = server.agent(&format!("sender-{number}"));
                    let request = agent.message("bob").text(&number.to_string()).bytes();
                    agent.try_request(&request, PATIENCE).map_or(0, |reply| reply.code())
                })
            })
            .collect();
        until("all messages wait", || server.log().count("posted") > count);
        work();
        senders.into_iter().map(|sender| sender.join().unwrap_or(0)).collect()
    })
}

/// The numbers of those that were answered 202.
fn accepted(codes: &[u16]) -> Vec<usize> {
    (0..codes.len()).filter(|&number| codes[number] == 202).collect()
}

/// The numbers that are in bob's inbox.
fn stored(server: &Server) -> Vec<usize> {
    let rows = server.table().rows().into_iter().filter(|row| row.username == "bob");
    let mut numbers: Vec<usize> =
        rows.map(|row| String::from_utf8_lossy(&row.body).parse().expect("the body is a number")).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_stop_in_the_middle_of_a_batch_leaves_nobody_without_an_answer() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let mut server = started(later().children(4).relayed_database());
        server.expect_log_error("ERROR");
        server.table().network().delay(Duration::from_millis(250));
        let pid = server.pid();
        let codes = while_they_wait(&server, 12, || send_signal(pid as i32, libc::SIGTERM));
        assert!(codes.iter().all(|code| [202, 480].contains(code)), "{codes:?}");
        until("the server has ended", || !server.is_running());
        server.kill_9();
        server.table().network().restore();
        until("the table holds what was accepted, and nothing else", || stored(&server) == accepted(&codes));
    });
}

#[test]
fn a_stop_while_the_database_is_silent_answers_everybody() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let mut server = started(later().children(4).relayed_database());
        server.expect_log_error("ERROR");
        server.table().network().silence();
        let pid = server.pid();
        let codes = while_they_wait(&server, 12, || send_signal(pid as i32, libc::SIGTERM));
        assert_eq!(codes, [480; 12]);
        server.table().network().restore();
        until("the server has ended", || !server.is_running());
        server.kill_9();
    });
}

#[test]
fn a_restart_loses_nothing_that_was_accepted() {
    differs(|| {
        let mut server = later().children(4).start();
        let outcome = while_messages_come(&server, 100, || until("some are stored", || server.table().count() > 30));
        server.stop();
        server.start_again();
        assert_eq!(outcome.with(202).len(), outcome.sent);
        assert_eq!(stored(&server), outcome.with(202));
        server.agent("alice").message("carol").text("hello").send().expect_code(202);
    });
}

#[test]
fn a_power_failure_costs_nothing_that_was_accepted_and_doubles_nothing() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text writes its files when it ends") {
        return;
    }
    differs(|| {
        let mut server = later().children(4).start();
        let kill = server.pid();
        let outcome = while_messages_come(&server, 200, || {
            until("some are stored", || server.statistic("stored_messages") > 50);
            let all = std::process::Command::new("pgrep").args(["-P", &kill.to_string()]).output().expect("pgrep runs");
            let children = String::from_utf8_lossy(&all.stdout).into_owned();
            send_signal(kill as i32, libc::SIGKILL);
            for child in children.lines().filter_map(|line| line.trim().parse::<i32>().ok()) {
                send_signal(child, libc::SIGKILL);
            }
        });
        server.kill_9();
        server.start_again();
        let there = stored(&server);
        let twice = there.windows(2).filter(|two| two[0] == two[1]).count();
        assert_eq!(twice, 0, "rows that are there twice");
        let lost: Vec<usize> = outcome.with(202).into_iter().filter(|number| !there.contains(number)).collect();
        assert!(lost.is_empty() && outcome.with(202).len() > 40, "accepted and lost: {lost:?}");
        server.agent("alice").message("carol").text("hello").send().expect_code(202);
    });
}

/// With `fork=no` the server lives on when a process of it is killed.
fn without(name: &str) -> Server {
    let server = started(later().no_fork());
    let [process] = processes(&server, name)[..] else { panic!("there is one process {name}") };
    send_signal(process as i32, libc::SIGKILL);
    until("it has ended", || !Path::new(&format!("/proc/{process}")).exists());
    server.expect_log_error("has ended; restart the server");
    server
}

#[test]
fn when_the_storing_process_is_gone_a_message_is_refused_with_a_line_that_says_so() {
    differs(|| {
        let mut server = without("MSILO storing");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log("the process \"MSILO storing\" has ended; restart the server");
        server.kill_9();
    });
}

#[test]
fn when_the_process_that_answers_is_gone_a_message_is_refused_with_a_line_that_says_so() {
    differs(|| {
        let mut server = without("MSILO answers");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log("the process \"MSILO answers\" has ended; restart the server");
        server.kill_9();
    });
}

/// As when any other process of it is killed.
#[test]
fn the_server_ends_when_its_storing_process_is_killed() {
    differs(|| {
        let mut server = later().start();
        let [process] = processes(&server, "MSILO storing")[..] else { panic!("there is one storing process") };
        server.expect_log_error("");
        send_signal(process as i32, libc::SIGKILL);
        until("the server has ended", || !server.is_running());
        server.kill_9();
    });
}

/// What is in the hand of a storing process that is killed has an answer in time.
#[test]
fn what_a_storing_process_had_in_hand_when_it_was_killed_is_answered() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let mut server = started(later().no_fork().relayed_database().param("store_timeout", 1));
        server.expect_log_error("ERROR");
        server.table().network().silence();
        let [process] = processes(&server, "MSILO storing")[..] else { panic!("there is one storing process") };
        let codes = while_they_wait(&server, 5, || send_signal(process as i32, libc::SIGKILL));
        assert_eq!(codes, [480; 5]);
        server.kill_9();
        server.table().network().restore();
    });
}

/// Letters take up an eighth of the server's memory at most, which is 64 MB.
#[test]
fn what_waits_for_the_database_leaves_the_server_its_memory() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let server =
            later().children(2).relayed_database().param("store_timeout", 60).modparam("tm", "fr_timer", 60_000);
        let server = started(server);
        server.expect_log_error("ERROR");
        server.table().network().silence();
        let alice = server.agent("alice");
        let large = "x".repeat(30_000);
        // Of what comes faster than the server reads it the system drops some.
        until("a message is refused", || {
            alice.message("bob").text(&large).send_only();
            server.log().text().contains("too many messages wait for the database")
        });
        // They go on as soon as there is room again.
        server.table().network().restore();
        until("a message is stored", || server.agent("carol").message("dave").text("hello").send().code() == 202);
        assert!(server.table().count_of("bob") > 100);
    });
}

/// As when a CANCEL, or another route, ends it.
#[test]
fn a_transaction_that_the_script_answers_itself_ends_with_that_answer() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "elsewhere the row may be written before the script has answered") {
        return;
    }
    differs(|| {
        let routes = super::routes("m_store_async(\"$ru\", \"STORED\")", "m_store(\"$ou\")");
        let routes = routes.replace("xlog(\"L_INFO\", \"posted\\n\"); exit;", "t_reply(\"488\", \"Not Here\"); exit;");
        assert!(routes.contains("488"), "the routes are as they were");
        let server = later().relayed_database().script(|script| script.routes = Some(routes)).start();
        server.table().network().delay(Duration::from_millis(300));
        server.agent("alice").message("bob").text("hello").send().expect_code(488);
        server.wait_for_log("its transaction had ended before: its sender was told something else");
        server.agent("alice").message("carol").text("hello").send().expect_code(488);
    });
}
