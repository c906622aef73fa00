//! The server is killed while it delivers: power failure, or the kernel short of memory.
//!
//! ```sh
//! cargo test --test compliance faults::kill -- --nocapture
//! MSILO_KILL_SEED=7 MSILO_KILLS=100 cargo test --test compliance faults::kill -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::env;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::fill;
use crate::differences::differs;
use crate::harness::{until_none_is_left, within, Agent, Answer, Kind, Server};
use crate::skip::only_on;

/// What was answered so long before the kill may still have its row, and so come again.
const UNWRITTEN: Duration = Duration::from_millis(250);

/// When each message came, however often.
pub(super) type Arrivals = Arc<Mutex<BTreeMap<usize, Vec<Instant>>>>;

/// Numbers that look random and are the same for the same seed (xorshift).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// A number from the environment.
pub(super) fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Has the phone answer 200 to everything after `delay`, and note when it did.
pub(super) fn noting(agent: &Agent, delay: Duration) -> Arrivals {
    let arrivals = Arrivals::default();
    let notes = Arc::clone(&arrivals);
    agent.answer_with(move |message| {
        let number = message.text().parse().expect("the body is a number");
        thread::sleep(delay);
        notes.lock().expect("the notes are whole").entry(number).or_default().push(Instant::now());
        Answer::Ok
    });
    arrivals
}

/// One power failure while `count` messages are delivered to a phone that takes so long to answer. Gives how many came
/// twice.
fn power_failure(server: &mut Server, count: usize, delay: Duration, random: &mut Random) -> usize {
    let bob = server.agent("bob");
    let arrivals = noting(&bob, delay);
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
    until_none_is_left("all have arrived", || (count - arrived()) as i64);
    server.table().wait_until_empty();

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

/// Power failures at random moments. Gives how many messages came twice after each.
fn power_failures(times: usize, count: usize, delay: Duration) -> Option<Vec<usize>> {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text writes its files when the server stops") {
        return None;
    }
    let (seed, times) = (number("MSILO_KILL_SEED", 20_261_122), number("MSILO_KILLS", times as u64));
    println!("seed {seed}");
    let mut random = Random(seed.max(1));
    let mut server = Server::start();
    server.expect_log_error("ERROR");
    Some((0..times).map(|_| power_failure(&mut server, count, delay, &mut random)).collect())
}

/// While the process tells the table of the last 24, one more is answered: by default only one is in flight.
#[test]
fn killed_in_the_middle_of_a_dump_of_300_at_most_25_come_twice() {
    differs(|| {
        let Some(twice) = power_failures(10, 300, Duration::ZERO) else { return };
        assert!(twice.iter().all(|&twice| twice <= 25), "came twice: {twice:?}");
    });
}

/// The one whose row is just being deleted, and the one that was just answered. A machine that is busy with other tests
/// may stand still just then, so that is what most of the kills have to keep.
#[test]
fn killed_while_a_phone_takes_20_milliseconds_for_each_answer_at_most_two_come_twice() {
    differs(|| {
        let Some(mut twice) = power_failures(7, 40, Duration::from_millis(20)) else { return };
        twice.sort_unstable();
        assert!(twice[twice.len() / 2] <= 2, "came twice: {twice:?}");
    });
}

/// C sends again all that it delivered since the last sweep.
#[test]
fn after_each_of_twenty_kills_every_message_arrives_and_only_the_last_come_twice() {
    differs(|| {
        const COUNT: usize = 1000;
        let Some(twice) = power_failures(20, COUNT, Duration::ZERO) else { return };
        let (failures, twice) = (twice.len(), twice.iter().sum::<usize>());
        println!("{failures} power failures, {} messages: none lost, {twice} came twice", failures * COUNT);
    });
}
