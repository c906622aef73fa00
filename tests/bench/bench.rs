//! `make bench`: C msilo and ours in turn, on the same Kamailio, the same databases and the same load generator.
//!
//! Everything is measured in several rounds. A round measures C, then ours, then the next thing; only numbers of the
//! same round are divided by each other, so that a machine whose speed changes does not matter. `LONG=1` measures
//! more sizes, more rounds and longer. `ONLY=storm,store` measures some parts only, see [`one_round`];
//! `MEMORY=fm` has Kamailio use another memory manager than it does by itself, for both modules.
//!
//! All numbers go to `target/bench/results.csv`, the table to `target/bench/table.md`, plots to `target/bench`; those of
//! a long run to `tests/bench/plots`, too. `make bench-instructions` is in [`measures::instructions`].

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

mod caller;
mod callgrind;
mod config;
mod database;
mod kernel;
mod measures;
mod phone;
mod report;
mod run;
#[allow(dead_code)]
mod server;
mod sip;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use measures::{claims, crowd, deletes, delivery, later, limits, lost, memory, store, storm};
use run::{Plan, Run};

fn main() {
    let long = env::var_os("LONG").is_some_and(|value| value != "0" && !value.is_empty());
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let only = env::var("ONLY").unwrap_or_default();
    if env::args().any(|argument| argument == "instructions") {
        println!("\n{}", measures::instructions::measure(&dir, &only));
        return;
    }
    let mut run = Run::new(if long { Plan::LONG } else { Plan::SHORT }, &dir, is_wanted(&only, "later"));
    eprintln!("{}", report::machine());
    for round in 1..=run.plan.rounds {
        run.round = round;
        limits::measure(&mut run);
        one_round(&mut run, &only);
        run.results.write(&dir.join("results.csv"));
    }
    finish(&run, &dir);
}

/// Whether that part is among those that are wanted.
fn is_wanted(only: &str, part: &str) -> bool {
    only.is_empty() || only.split(',').any(|it| it == part)
}

/// Everything once. `only` names the parts that are wanted; all of them if it is empty.
fn one_round(run: &mut Run, only: &str) {
    let wanted = |part: &str| is_wanted(only, part);
    // These are the same every time and take long, because they wait for what does not come.
    let first = run.round == 1;
    for database in [0, 1] {
        let once = if first && database == 0 { run.plan.once } else { &[] };
        for &size in run.plan.sizes[database].iter().chain(once).filter(|_| wanted("delivery")) {
            delivery::measure(run, database, size);
        }
        if wanted("storm") {
            storm::measure(run, database);
        }
        if wanted("crowd") {
            crowd::measure(run, database);
        }
        if wanted("claims") {
            claims::measure(run, database);
        }
        if wanted("limited") {
            store::limited(run, database);
        }
    }
    if wanted("later") {
        (0..run.databases.len()).for_each(|database| later::measure(run, database));
    }
    if wanted("store") {
        store::cost(run, 1);
        store::concurrency(run);
    }
    if wanted("lost") && (first || run.plan.is_long()) {
        lost::measure(run);
    }
    if wanted("deletes") && (first || run.plan.is_long()) {
        deletes::measure(run);
    }
    if wanted("memory") && first {
        memory::measure(run);
    }
}

fn finish(run: &Run, dir: &Path) {
    let table = report::table(&run.results);
    println!("\n{}\n\n{table}\n{}", report::machine(), report::generator(&run.results));
    fs::write(dir.join("table.md"), &table).expect("the table can be written");
    let mut places = vec![dir.to_owned()];
    if run.plan.is_long() {
        places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/plots"));
    }
    for place in places {
        draw(run, &place);
    }
    println!("All numbers: {}. Plots: there.", shown(&dir.join("results.csv")));
}

fn draw(run: &Run, place: &Path) {
    fs::create_dir_all(place).expect("the directory of the plots can be made");
    for database in ["SQLite", "MariaDB"] {
        if run.results.sizes(delivery::RATE, database).len() > 1 {
            report::plot::draw(&run.results, database, place).expect("a plot can be drawn");
        }
    }
}

/// A path as somebody in the repository would write it.
fn shown(path: &Path) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(&root).unwrap_or(path).display().to_string()
}
