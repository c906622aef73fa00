//! The server is killed while it delivers: power failure, or the kernel short of memory.
//!
//! ```sh
//! cargo test --test compliance faults::kill -- --nocapture
//! MSILO_KILL_SEED=7 MSILO_KILLS=100 cargo test --test compliance faults::kill -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::env;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::fill;
use crate::differences::differs;
use crate::harness::{until, within, Agent, Answer, Kind, Server};
use crate::skip::only_on;

/// What was answered so long before the kill may still have its row, and so come again.
const UNWRITTEN: Duration = Duration::from_millis(250);

/// When each message came, however often.
type Arrivals = Arc<Mutex<BTreeMap<usize, Vec<Instant>>>>;

/// Numbers that look random and are the same for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// A number from the environment.
fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Has the phone answer 200 to everything and note when it did.
fn noting(agent: &Agent) -> Arrivals {
    let arrivals = Arrivals::default();
    let notes = Arc::clone(&arrivals);
    agent.answer_with(move |message| {
        let number = message.text().parse().expect("the body is a number");
        notes.lock().expect("the notes are whole").entry(number).or_default().push(Instant::now());
        Answer::Ok
    });
    arrivals
}

/// One power failure while `count` messages are delivered. Gives how many came twice.
fn power_failure(server: &mut Server, count: usize, random: &mut Random) -> usize {
    let bob = server.agent("bob");
    let arrivals = noting(&bob);
    let arrived = || arrivals.lock().expect("the notes are whole").len();
    fill(server, "bob", count);
    let (wanted, moment) = (random.below(count), Duration::from_micros(random.below(3000) as u64));
    bob.register();
    assert!(within(Duration::from_secs(30), || (arrived() >= wanted).then_some(())).is_some(), "nothing comes");
    // A random moment between two messages.
    let end = Instant::now() + moment;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    let killed = Instant::now();
    server.kill_9();
    let before = arrived();
    server.start_again();
    bob.register();
    assert!(
        within(Duration::from_secs(30), || (arrived() == count).then_some(())).is_some(),
        "{} of {count}",
        arrived()
    );
    until("the table is empty", || server.table().count() == 0);

    let arrivals = arrivals.lock().expect("the notes are whole");
    let twice: Vec<(usize, Duration)> = arrivals
        .iter()
        .filter(|(_, times)| times.len() > 1)
        .map(|(number, times)| (*number, killed.saturating_duration_since(times[0])))
        .collect();
    println!("killed after {before} of {count} messages; came twice: {}", show(&twice));
    assert!(arrivals.values().all(|times| times.len() <= 2), "something came three times");
    let most = UNWRITTEN + longest_pause(&arrivals, killed);
    assert!(twice.iter().all(|(_, before)| *before <= most), "sent again long after its 200: {twice:?}");
    twice.len()
}

/// The longest time in which nothing came just before the kill: so long the machine may have stood still.
fn longest_pause(arrivals: &BTreeMap<usize, Vec<Instant>>, killed: Instant) -> Duration {
    let lately = killed - Duration::from_secs(1);
    let mut times: Vec<Instant> =
        arrivals.values().flatten().copied().filter(|&time| time > lately && time < killed).collect();
    times.push(killed);
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

fn show(twice: &[(usize, Duration)]) -> String {
    let oldest = twice.iter().map(|(_, before)| before.as_millis()).max();
    match oldest {
        None => "none".to_owned(),
        Some(oldest) => format!("{}, the first of them {oldest} ms before the kill", twice.len()),
    }
}

/// C sends again all that it delivered since the last sweep.
#[test]
fn after_each_of_twenty_kills_every_message_arrives_and_only_the_last_come_twice() {
    differs(|| {
        if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text writes its files when the server stops") {
            return;
        }
        const COUNT: usize = 1000;
        let (seed, failures) = (number("MSILO_KILL_SEED", 20_261_122), number("MSILO_KILLS", 20) as usize);
        println!("seed {seed}");
        let mut random = Random(seed.max(1));
        let mut server = Server::start();
        server.expect_log_error("ERROR");
        let twice: usize = (0..failures).map(|_| power_failure(&mut server, COUNT, &mut random)).sum();
        println!("{failures} power failures, {} messages: none lost, {twice} came twice", failures * COUNT);
    });
}
