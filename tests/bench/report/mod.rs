//! The table that is printed at the end.

pub mod plot;
pub mod results;
pub mod targets;

use std::fmt::Write as _;
use std::{fs, thread};

use crate::environment::kamailio_version;
use crate::measures::{delivery, limits, DELIVERIES, TO_CONTACTS};
use crate::report::results::{Results, Series};
use crate::report::targets::{Row, Rows, Target};
use crate::server::memory_manager;

/// The table, in Markdown.
pub fn table(results: &Results) -> String {
    let mut text = "| measure | database | other | ours | ratio (min - max) | target | met |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in Rows::all(results) {
        let _ = writeln!(
            text,
            "| {} | {} | {}: {} | {}: {} | {} | {} | {} |",
            row.title,
            row.database,
            row.other.0,
            middle(&row.other.1),
            row.ours.0,
            middle(&row.ours.1),
            middle(&row.ratios()),
            target(&row),
            match row.met() {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            }
        );
    }
    text
}

/// How far the load generator was from its own limit.
pub fn generator(results: &Results) -> String {
    let alone = |measure| {
        let series = results.series(measure, "none", 0, "generator");
        let [least, most] = [series.min(), series.max()].map(|rate| rate.unwrap_or(f64::NAN));
        format!("{least:.0} - {most:.0}")
    };
    let mut busiest = 0.0_f64;
    let mut fastest = 0.0_f64;
    for database in ["SQLite", "MariaDB"] {
        for size in results.sizes(delivery::RATE, database) {
            for who in DELIVERIES.into_iter().chain(TO_CONTACTS).map(|module| module.to_string()) {
                let of = |measure| results.series(measure, database, size, &who).max().unwrap_or(0.0);
                busiest = busiest.max(of(delivery::GENERATOR));
                fastest = fastest.max(of(delivery::RATE));
            }
        }
    }
    format!(
        "The load generator alone, sending to itself: {} messages/s, and {} one at a time (how much that varies is how \
         noisy the machine was). In the deliveries it was asked for {fastest:.0}/s at most, and used {:.0} % of one core \
         at most.",
        alone(limits::LIMIT),
        alone(limits::PING),
        busiest * 100.0,
    )
}

/// The machine, for the record.
pub fn machine() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let load = read("/proc/loadavg");
    let (major, minor) = kamailio_version();
    format!(
        "Kamailio {major}.{minor}, memory manager {}, {} x {}, load average {}",
        memory_manager().as_deref().unwrap_or("of the server's choice"),
        thread::available_parallelism().map_or(1, usize::from),
        model.trim_start_matches([' ', '\t', ':']),
        load.split_whitespace().next().unwrap_or("unknown")
    )
}

/// The middle one of all rounds, and how far they were apart.
fn middle(series: &Series) -> String {
    let (Some(median), Some(min), Some(max)) = (series.median(), series.min(), series.max()) else {
        return "-".to_owned();
    };
    match number(min) == number(max) {
        true => number(median),
        false => format!("{} ({} - {})", number(median), number(min), number(max)),
    }
}

/// The number with three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

fn target(row: &Row) -> String {
    match row.target {
        Target::AtLeast(least) => format!("≥ {} × {}", number(least), row.other.0),
        Target::AtMost(most) => format!("≤ {} × {}", number(most), row.other.0),
        Target::Below(most) => format!("≤ {} always", number(most)),
        Target::None => String::new(),
    }
}
