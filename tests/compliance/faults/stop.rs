//! The server is stopped while it delivers.
//!
//! ```sh
//! MSILO_KILL_SEED=7 MSILO_KILLS=100 cargo test --test compliance faults::stop -- --nocapture
//! ```

use std::time::{Duration, Instant};

use super::fill;
use super::kill::{noting, number, Random};
use crate::differences::differs;
use crate::harness::{send_signal, until, within, Kind, Server};
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
    assert!(within(Duration::from_secs(30), || (arrived() == COUNT).then_some(())).is_some(), "{} came", arrived());
    until("the table is empty", || server.table().count() == 0);

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
