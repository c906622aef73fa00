//! `make soak`: many messages are stored and delivered, half of them on a quiet day, half with faults thrown in. Nothing
//! may be lost, nothing may come twice, and each process must end with the memory and the file descriptors that it had
//! after the first few thousand messages.
//!
//! `N=` is how many, a million where it is not set. `ONLY=plain` or `ONLY=faults` runs one half, with all of them. What
//! happens when depends on nothing but the number of a message, so that two runs do the same.

#[path = "../bench/database/client.rs"]
mod client;
#[path = "../bench/kernel.rs"]
#[allow(dead_code)] // shared with `make bench`, of which this uses a part
mod kernel;
#[path = "../bench/database/mariadb.rs"]
#[allow(dead_code)]
mod mariadb;
#[path = "../bench/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "../bench/sip.rs"]
#[allow(dead_code)]
mod sip;

#[path = "../harness/environment.rs"]
#[allow(dead_code)] // shared with the tests, of which this uses a part
mod environment;
#[path = "../harness/ports.rs"]
#[allow(dead_code)]
mod ports;
#[path = "../harness/process.rs"]
#[allow(dead_code)]
mod process;
#[path = "../harness/rpc.rs"]
#[allow(dead_code)]
mod rpc;
#[path = "../harness/sys.rs"]
#[allow(dead_code)]
mod sys;
#[path = "../harness/wait.rs"]
#[allow(dead_code)]
mod wait;

mod config;
mod database;
mod faults;
mod ledger;
mod measure;
mod phone;
mod sender;
mod table;

use std::process::exit;
use std::time::Instant;

use config::Config;
use database::Database;
use faults::Fault;
use ledger::Ledger;
use measure::Measure;

/// Messages before the first measurement.
const FIRST: usize = 4000;
/// Messages that are stored before they are delivered: every fault has happened once before the first measurement.
const BATCH: usize = FIRST / Fault::ALL.len();

fn main() {
    let count = setting("N").map_or(1_000_000, |text| text.parse().unwrap_or_else(|_| panic!("N={text} is no number")));
    let only = setting("ONLY").unwrap_or_default();
    let halves: Vec<(&str, &[Fault])> = [("plain", &[Fault::None][..]), ("faults", Fault::ALL)]
        .into_iter()
        .filter(|(name, _)| only.is_empty() || only == *name)
        .collect();
    assert!(!halves.is_empty(), "ONLY={only} is neither plain nor faults");
    let each = count / halves.len();
    assert!(
        each > FIRST,
        "N={count} is too few: the first {FIRST} messages of each half are what the rest is compared with"
    );
    let passed = halves.iter().filter(|(name, faults)| half(name, faults, each)).count();
    exit(i32::from(passed < halves.len()));
}

/// One server that stores and delivers `count` messages. Whether all was as it has to be.
fn half(name: &str, faults: &[Fault], count: usize) -> bool {
    let begin = Instant::now();
    let mut database = Database::start();
    let server = server::Server::start(&Config, &database);
    let ledger = Ledger::new(count);
    let phone = phone::Phone::start(&ledger);
    let mut run = faults::Run { server: &server, database: &mut database, ledger: &ledger, phone: &phone };
    let (mut done, mut batch, mut first) = (0, 0, None);
    while done < count {
        let end = count.min(done + BATCH);
        run.batch(done..end, fault_of(batch, faults));
        (done, batch) = (end, batch + 1);
        if first.is_none() && done >= FIRST {
            first = Some(Measure::take(&server));
        }
        if batch % 200 == 0 || done == count {
            let rate = done as f64 / begin.elapsed().as_secs_f64();
            eprintln!(
                "{:6.0} s  {name}: {done} of {count} stored and delivered, {rate:.0} a second",
                begin.elapsed().as_secs_f64()
            );
        }
    }
    let rest = run.rows_left();
    let first = first.expect("there are more messages than the first");
    let last = Measure::take_like(&server, &first);
    println!("\n{name}: {count} messages, {}", ledger.summary(rest));
    println!("{}", table::render(&first, &last));
    let faults = [ledger.faults(rest), table::faults(&first, &last)].concat();
    for fault in &faults {
        println!("NOT AS IT HAS TO BE: {fault}");
    }
    server.stop();
    faults.is_empty()
}

/// Each fault once at first, and one of them in every eighth batch from then on.
fn fault_of(batch: usize, faults: &[Fault]) -> Fault {
    let turn = match batch.checked_sub(Fault::ALL.len()) {
        None => batch,
        Some(later) if later % 8 == 7 => later / 8,
        Some(_) => return Fault::None,
    };
    faults[turn % faults.len()]
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
