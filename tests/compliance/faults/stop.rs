//! The server is stopped while it delivers.
//!
//! ```sh
//! MSILO_KILL_SEED=7 MSILO_KILLS=100 cargo test --test compliance faults::stop -- --nocapture
//! ```

use std::time::{Duration, Instant};

use super::fill;
use super::kill::{noting, number, Random};
use crate::differences::differs;
use crate::harness::{send_signal, stock_tables, until, until_none_is_left, within, Answer, Kind, NewRow, Server};
use crate::ours::process::{delivery_processes, is_alive};
use crate::skip::only_on;

/// Processes that take SIP. Each may have an answer in its hands when it is told to end.
const WORKERS: usize = 12;
const COUNT: usize = 1000;
/// The delivery process waits a little longer for answers.
const ANSWERED_SOON: Duration = Duration::from_millis(300);

/// One stop in the middle of a dump. Gives how many messages came twice although their phone answered soon.
fn stop_under_load(server: &mut Server, random: &mut Random) -> usize {
    let bob = server.agent("bob");
    let arrivals = noting(&bob, Duration::ZERO);
    let arrived = || arrivals.lock().expect("the notes are whole").len();
    let [delivery] = delivery_processes(server)[..] else { panic!("there is one delivery process") };
    fill(server, "bob", COUNT);
    let wanted = random.below(COUNT * 9 / 10);
    bob.register();
    assert!(within(Duration::from_secs(30), || (arrived() >= wanted).then_some(())).is_some(), "nothing comes");
    let stopped = Instant::now();
    send_signal(server.pid() as i32, libc::SIGTERM);
    until("the delivery process has ended", || !is_alive(delivery));
    let took = stopped.elapsed();
    // Workers that were just logging may hang in the server's signal handler.
    server.kill_9();
    let before = arrived();
    server.start_again();
    bob.register();
    until_none_is_left("all have arrived", || (COUNT - arrived()) as i64);
    server.table().wait_until_empty();

    let arrivals = arrivals.lock().expect("the notes are whole");
    assert!(arrivals.values().all(|times| times.len() <= 2), "something came three times");
    let twice: Vec<_> = arrivals.values().filter(|times| times.len() > 1).collect();
    println!("stopped after {before} of {COUNT} messages within {} ms; came twice: {}", took.as_millis(), twice.len());
    twice.iter().filter(|times| times[0] < stopped + ANSWERED_SOON).count()
}

/// C sends again all that it delivered since the last sweep.
#[test]
fn after_each_of_ten_stops_no_more_comes_twice_than_there_are_workers() {
    differs(|| {
        if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps the ids of deleted rows") {
            return;
        }
        let (seed, stops) = (number("MSILO_KILL_SEED", 20_261_127), number("MSILO_KILLS", 10));
        println!("seed {seed}");
        let mut random = Random(seed.max(1));
        let mut server = Server::builder().children(WORKERS as u32).param("dump_window", 64).start();
        server.expect_log_error("ERROR");
        let twice: Vec<usize> = (0..stops).map(|_| stop_under_load(&mut server, &mut random)).collect();
        assert!(twice.iter().all(|&twice| twice <= WORKERS), "came twice: {twice:?}");
    });
}

/// Usrloc with `db_mode` 1 writes to its database under the lock of the record.
#[test]
fn a_worker_that_is_ended_with_the_lock_of_a_contact_costs_no_delete() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let builder = Server::builder().param("deliver_to", "contacts").without_param("outbound_proxy").children(2);
        let builder = builder.modparam("usrloc", "db_mode", 1).modparam("usrloc", "db_url", "{DB_URL}");
        let routes = "request_route {
            if (is_method(\"REGISTER\")) { xlog(\"L_INFO\", \"it is saved\\n\"); if (save(\"location\")) m_dump(); exit; }
            if ($rU == \"dump\") m_dump(\"sip:bob@example.test\");
            sl_send_reply(\"200\", \"OK\");
        }";
        let builder = builder.script(|script| script.routes = Some(routes.to_owned()));
        let mut server = builder.sql(&stock_tables("usrloc")).relayed_database().start();
        server.expect_log_error("ERROR");
        server.expect_log_error("CRITICAL");
        let (bob, other) = (server.agent("bob"), server.agent("bob"));
        bob.answer(Answer::Silence);
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        bob.register();
        let message = bob.receive();
        let all = server.rpc().processes().expect("core.psx answers");
        let workers: Vec<u32> =
            all.iter().filter(|(_, name)| name.starts_with("udp receiver")).map(|one| one.0).collect();
        server.table().network().silence();
        other.registration().contact(&format!("<{}>", other.contact())).expires(600).send_only();
        until("it is being saved", || server.log().count("it is saved") == 2);
        // The worker that is left takes what comes one by one.
        let carol = server.agent("carol");
        carol.message("dump").text("it looks for contacts").send().expect_code(200);
        bob.reply(&message, 200, "OK");
        carol.message("dave").text("after the answer").send().expect_code(200);
        send_signal(server.pid() as i32, libc::SIGTERM);
        until("the workers have ended", || !workers.iter().any(|&pid| is_alive(pid)));
        server.table().network().restore();
        until("the server has ended", || !server.is_running());
        server.kill_9();
        assert_eq!(server.table().count(), 0, "the message would be delivered again");
    });
}
