//! The rows of the table that is printed, each with what it has to reach.

use crate::measures::{claims, crowd, deletes, delivery, later, lost, memory, store, storm};
use crate::report::results::{Results, Series};
use crate::server::Module;

/// What has to be reached.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// So many times the other, at least.
    AtLeast(f64),
    /// So many times the other, at most.
    AtMost(f64),
    /// The number itself, at most.
    Below(f64),
    /// Nothing: it is there to be seen.
    None,
}

/// A row: ours beside something else.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub title: String,
    /// The database.
    pub database: &'static str,
    /// What ours is compared with.
    pub other: (String, Series),
    /// Which of ours.
    pub ours: (String, Series),
    /// What it has to reach.
    pub target: Target,
}

impl Row {
    /// Ours divided by the other, round by round.
    pub fn ratios(&self) -> Series {
        self.ours.1.over(&self.other.1)
    }

    /// Whether the target is met; `None` when there is none, or nothing was measured.
    pub fn met(&self) -> Option<bool> {
        match self.target {
            Target::AtLeast(least) => self.ratios().median().map(|ratio| ratio >= least),
            Target::AtMost(most) => self.ratios().median().map(|ratio| ratio <= most),
            Target::Below(most) => self.ours.1.max().map(|value| value <= most),
            Target::None => None,
        }
    }
}

/// Makes the rows out of the results.
pub struct Rows<'a> {
    results: &'a Results,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    /// All rows for which something was measured.
    pub fn all(results: &'a Results) -> Vec<Row> {
        let mut rows = Rows { results, rows: Vec::new() };
        for database in ["SQLite", "MariaDB"] {
            rows.delivery(database);
        }
        for database in ["SQLite", "MariaDB"] {
            rows.straight(database);
        }
        for database in ["SQLite", "MariaDB"] {
            rows.others(database);
        }
        for database in ["SQLite", "MariaDB", "PostgreSQL"] {
            rows.later(database);
        }
        for database in ["SQLite", "MariaDB"] {
            rows.claims(database);
        }
        // SQLite has no process of its own, so there is nothing to be seen of it.
        let is_something = |row: &Row| row.database != "SQLite" || !row.title.contains("database CPU");
        rows.rows.retain(|row| !row.ours.1 .0.is_empty() && is_something(row));
        rows.rows
    }

    fn delivery(&mut self, database: &'static str) {
        for size in self.results.sizes(delivery::RATE, database) {
            let target = |window| match (size, window) {
                (20_000, 64) => Target::AtLeast(10.0),
                (1000, 64) => Target::AtLeast(1.0),
                _ => Target::None,
            };
            for window in [1, 64] {
                self.against_c(delivery::RATE, database, size, window, target(window));
            }
            let relay = ("relay".to_owned(), self.results.series(delivery::RELAY, database, size, "relay"));
            self.against(
                "delivery rate : relay rate",
                delivery::RATE,
                database,
                size,
                Module::OURS,
                relay,
                Target::AtLeast(0.6),
            );
            for window in [1, 64] {
                self.against_c(delivery::CPU, database, size, window, Target::None);
            }
            self.against_c(delivery::DATABASE_CPU, database, size, 64, Target::None);
            self.against_c(delivery::HOLD, database, size, 64, Target::Below(2.0));
        }
        let own = |window: u32| {
            let who = Module::Ours(window).to_string();
            (format!("{who}, 1000"), self.results.series(delivery::RATE, database, 1000, &who))
        };
        let [one, many] = [own(1), own(64)];
        self.against(
            "delivery rate stays",
            delivery::RATE,
            database,
            20_000,
            Module::Ours(1),
            one,
            Target::AtLeast(0.8),
        );
        self.against(
            "delivery rate stays",
            delivery::RATE,
            database,
            20_000,
            Module::Ours(64),
            many,
            Target::AtLeast(0.8),
        );
    }

    /// Storing without waiting.
    fn later(&mut self, database: &'static str) {
        let rate = match database {
            "SQLite" => 4.0,
            "MariaDB" => 1.5,
            _ => 2.0,
        };
        let cpu = if database == "MariaDB" { Target::AtMost(0.8) } else { Target::None };
        for (measure, other, target) in [
            (later::RATE, later::OURS, Target::AtLeast(rate)),
            (later::RATE, later::C, Target::None),
            (later::RATE, later::NOTHING, Target::None),
            (later::CPU, later::C, cpu),
            (later::CPU, later::OURS, Target::None),
            (later::LATENCY, later::OURS, Target::None),
            (later::HOLD, later::OURS, Target::Below(0.1)),
        ] {
            let series = |who: &str| (who.to_owned(), self.results.series(measure, database, 0, who));
            let (other, ours) = (series(other), series(later::LATER));
            self.rows.push(Row { title: measure.to_owned(), database, other, ours, target });
        }
    }

    fn others(&mut self, database: &'static str) {
        for window in [1, 64] {
            for size in self.results.sizes(lost::LOST, database) {
                self.against_c(lost::LOST, database, size, window, Target::Below(0.0));
                self.against_c(lost::DROPPED, database, size, window, Target::None);
            }
        }
        let share = if database == "SQLite" { 0.5 } else { 1.0 / 3.0 };
        self.against_c(storm::EXTRA, database, 0, 1, Target::AtMost(share));
        self.against_c(storm::EXTRA_DATABASE, database, 0, 1, Target::None);
        self.against_c(storm::BASE, database, 0, 1, Target::None);
        self.against_c(storm::DROPPED, database, 0, 1, Target::Below(0.0));
        self.against_c(storm::RATE, database, 0, 1, Target::None);
        let cost = if database == "MariaDB" { Target::AtMost(1.0) } else { Target::None };
        self.against_c(store::CPU, database, 0, 1, cost);
        self.against_c(store::DATABASE_CPU, database, 0, 1, Target::None);
        self.against_c(store::RATE, database, 0, 1, Target::None);
        self.against_c(store::REFUSED, database, 0, 1, Target::Below(0.0));
        self.against_c(store::EIGHT, database, 0, 1, Target::None);
        self.against_c(store::ONE, database, 0, 1, Target::None);
        let alone = ("C, 1 worker".to_owned(), self.results.series(store::ONE, database, 0, "C"));
        self.against(store::EIGHT, store::EIGHT, database, 0, Module::OURS, alone, Target::AtLeast(1.0));
        self.against_c(store::LIMITED, database, store::FULL, 1, Target::AtLeast(50.0));
        for window in [1, 64] {
            for size in self.results.sizes(deletes::STATEMENTS, database) {
                self.against_c(deletes::STATEMENTS, database, size, window, Target::Below(50.0));
                self.against_c(deletes::OUTLIVED, database, size, window, Target::Below(250.0));
            }
            for size in self.results.sizes(memory::PRIVATE, database) {
                self.against_c(memory::PRIVATE, database, size, window, Target::Below(4.0));
                self.against_c(memory::SHARED, database, size, window, Target::Below(16.0));
            }
        }
    }

    fn against_c(&mut self, measure: &str, database: &'static str, size: usize, window: u32, target: Target) {
        let c = (Module::C.to_string(), self.results.series(measure, database, size, &Module::C.to_string()));
        self.against(measure, measure, database, size, Module::Ours(window), c, target);
    }

    /// Delivery straight to the contacts, beside C, beside our own way through the address of record, and beside the fastest
    /// thing that this server does one at a time.
    fn straight(&mut self, database: &'static str) {
        let of = |results: &Results, measure: &str, size: usize, who: String| {
            let series = results.series(measure, database, size, &who);
            (who, series)
        };
        for size in self.results.sizes(delivery::RATE, database) {
            let c = |measure: &str| of(self.results, measure, size, Module::C.to_string());
            let (cpu, rate) = (c(delivery::CPU), c(delivery::RATE));
            let own = of(self.results, delivery::RATE, size, Module::OURS.to_string());
            let options = of(self.results, delivery::OPTIONS, size, "OPTIONS".to_owned());
            let half = if size == 1000 { Target::AtMost(0.5) } else { Target::None };
            let small = |goal| if size <= 1000 { Target::AtLeast(goal) } else { Target::None };
            let many = match size {
                1000 => Target::AtLeast(1.5),
                20_000 => Target::AtLeast(25.0),
                _ => Target::None,
            };
            let (one, all) = (Module::Contacts(1), Module::Contacts(64));
            self.against(delivery::CPU, delivery::CPU, database, size, one, cpu, half);
            self.against(delivery::RATE, delivery::RATE, database, size, one, own, small(2.0));
            self.against("delivery rate : OPTIONS rate", delivery::RATE, database, size, one, options, small(0.6));
            self.against(delivery::RATE, delivery::RATE, database, size, all, rate, many);
        }
        for module in crowd::COMPARED.into_iter().skip(1) {
            let c = |measure: &str| of(self.results, measure, 0, Module::C.to_string());
            let (rate, lost, disordered, latency) =
                (c(crowd::RATE), c(crowd::LOST), c(crowd::DISORDERED), c(crowd::LATENCY));
            let goal = |target| if module == Module::Contacts(1) { target } else { Target::None };
            self.against(crowd::RATE, crowd::RATE, database, 0, module, rate, goal(Target::AtLeast(1.5)));
            self.against(crowd::LOST, crowd::LOST, database, 0, module, lost, goal(Target::Below(0.0)));
            let target = goal(Target::Below(0.0));
            self.against(crowd::DISORDERED, crowd::DISORDERED, database, 0, module, disordered, target);
            self.against(crowd::LATENCY, crowd::LATENCY, database, 0, module, latency, goal(Target::AtMost(1.0)));
        }
    }

    /// Ours with claims beside ours without.
    fn claims(&mut self, database: &'static str) {
        for (without, with) in claims::PAIRS {
            let of = |results: &Results, measure: &str, size: usize| {
                let who = without.to_string();
                let series = results.series(measure, database, size, &who);
                (who, series)
            };
            for size in self.results.sizes(claims::RATE, database) {
                let (rate, cpu) = (of(self.results, claims::RATE, size), of(self.results, claims::CPU, size));
                let database_cpu = of(self.results, claims::DATABASE_CPU, size);
                self.against(claims::RATE, claims::RATE, database, size, with, rate, Target::AtLeast(0.85));
                // 0.85 of the messages for the same time.
                self.against(claims::CPU, claims::CPU, database, size, with, cpu, Target::AtMost(1.0 / 0.85));
                self.against(
                    claims::DATABASE_CPU,
                    claims::DATABASE_CPU,
                    database,
                    size,
                    with,
                    database_cpu,
                    Target::None,
                );
            }
            let (empty, single) = (of(self.results, claims::EMPTY, 0), of(self.results, claims::SINGLE, 0));
            self.against(claims::EMPTY, claims::EMPTY, database, 0, with, empty, Target::AtMost(1.05));
            self.against(claims::SINGLE, claims::SINGLE, database, 0, with, single, Target::AtLeast(0.7));
            let cpu = of(self.results, claims::SINGLE_CPU, 0);
            self.against(claims::SINGLE_CPU, claims::SINGLE_CPU, database, 0, with, cpu, Target::AtMost(1.0 / 0.7));
        }
    }

    #[allow(clippy::too_many_arguments)] // a row has that many parts
    fn against(
        &mut self,
        title: &str,
        measure: &str,
        database: &'static str,
        size: usize,
        ours: Module,
        other: (String, Series),
        target: Target,
    ) {
        let who = ours.to_string();
        let series = self.results.series(measure, database, size, &who);
        let title = if size > 0 { format!("{title}, inbox of {size}") } else { title.to_owned() };
        self.rows.push(Row { title, database, other, ours: (who, series), target });
    }
}
