//! `make cluster`: several real Kamailios on one database, and everything that may go wrong between them. Nobody may get a
//! message twice but where the documentation says so, nothing may be lost, each inbox keeps its order and its one message
//! in flight.
//!
//! `N=2000 INBOXES=200 SERVERS=2 DATABASE=mysql GALERA=2 RUNS=1 KILLS=20 LEASE=128 OUTAGE=11 ONLY=plain,kill,cut,suspend,dead`; `LEASE=off` shows
//! what servers do that do not know of each other: then everything has to come more than once, or the trial is no good.

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../bench/kernel.rs"]
#[allow(dead_code)] // shared with `make bench`, of which this uses a part
mod kernel;
#[path = "../bench/sip.rs"]
#[allow(dead_code)]
mod sip;

mod faults;
mod ledger;
mod phone;
mod sender;
mod settings;
mod trial;

use std::process::exit;
use std::time::Duration;

use harness::{database_under_test, Kind};
use settings::Settings;
use trial::Verdict;

fn main() {
    let settings = Settings::read();
    assert!(settings.galera == 0 || database_under_test() == Kind::Mysql, "GALERA= is for DATABASE=mysql");
    let mut faults = 0;
    let mut tell = |name: &str, verdict: &Verdict| {
        let database = match settings.galera {
            0 => format!("{:?}", database_under_test()),
            nodes => format!("{nodes} nodes of Galera"),
        };
        println!("{name}, {} servers, {database}: {}", settings.servers, verdict.line());
        for fault in verdict.faults() {
            println!("   NOT AS IT HAS TO BE: {fault}");
            faults += 1;
        }
    };
    let hurt = settings.waiting();
    let long = settings.outage.unwrap_or(hurt.lease.longest() + Duration::from_secs(3));
    for _ in 0..settings.runs {
        if settings.wants("plain") {
            tell("plain", &faults::plain(&settings));
        }
        if settings.wants("kill") {
            tell("kill", &faults::kill(&hurt));
        }
        if settings.wants("cut") && database_under_test() != Kind::Sqlite {
            tell("cut", &faults::cut(&hurt, long));
        }
        if settings.wants("suspend") {
            tell("suspend", &faults::suspend(&hurt, long));
        }
        if settings.wants("dead") {
            let (verdict, middle, longest) = faults::dead(&settings);
            tell("dead", &verdict);
            let [middle, longest] = [middle, longest].map(|time| time.as_secs_f64());
            println!("   delivered {middle:.1} s (the middle one), {longest:.1} s (the last) after the other's 408");
        }
    }
    exit(i32::from(faults > 0));
}
