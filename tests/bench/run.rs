//! One run of the benchmark: its plan, its databases, and what it has found.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::database::Database;
use crate::kernel;
use crate::report::results::{Results, Sample};
use crate::server::{Module, Server};

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Times that everything is measured.
    pub rounds: usize,
    /// Inboxes that are delivered in every round, for each database.
    pub sizes: [&'static [usize]; 2],
    /// Inboxes that are delivered in the first round only, from SQLite.
    pub once: &'static [usize],
    /// The inbox whose delivery is watched for lost messages and for DELETEs.
    pub watched: usize,
    /// The inbox whose delivery is watched for memory.
    pub memory: usize,
    /// How long a load lasts.
    pub time: Duration,
}

impl Plan {
    /// For every day.
    pub const SHORT: Plan = Plan {
        rounds: 2,
        sizes: [&[1000, 5000], &[1000]],
        once: &[100, 10_000],
        watched: 2000,
        memory: 5000,
        time: Duration::from_secs(1),
    };
    /// For the record.
    pub const LONG: Plan = Plan {
        rounds: 4,
        sizes: [&[100, 1000, 2000, 5000, 10_000, 20_000], &[100, 1000, 5000, 20_000]],
        once: &[],
        watched: 5000,
        memory: 20_000,
        time: Duration::from_secs(3),
    };

    /// Whether this is for the record.
    pub fn is_long(&self) -> bool {
        self.rounds == Self::LONG.rounds
    }
}

/// A run.
pub struct Run {
    /// What is measured.
    pub plan: Plan,
    /// SQLite and MariaDB, and PostgreSQL where it is wanted.
    pub databases: Vec<Database>,
    /// What was found.
    pub results: Results,
    /// The round under way, from 1.
    pub round: usize,
    begin: Instant,
}

impl Run {
    /// A run with new databases below `place`.
    pub fn new(plan: Plan, place: &Path, with_postgres: bool) -> Run {
        let mut databases = vec![Database::sqlite(place), Database::mariadb(place)];
        if with_postgres {
            databases.push(Database::postgres(place));
        }
        Run { plan, databases, results: Results::default(), round: 1, begin: Instant::now() }
    }

    /// Tells what is being measured now.
    pub fn tell(&self, what: &str) {
        eprintln!("{:6.1} s  round {}/{}  {what}", self.begin.elapsed().as_secs_f64(), self.round, self.plan.rounds);
    }

    /// Notes a number.
    pub fn note(&mut self, subject: (&'static str, usize, Module), measure: &'static str, value: f64) {
        let (database, size, module) = subject;
        self.note_of(database, size, &module.to_string(), measure, value);
    }

    /// Notes a number of neither module.
    pub fn note_of(&mut self, database: &'static str, size: usize, who: &str, measure: &'static str, value: f64) {
        self.results.add(Sample { round: self.round, measure, database, size, who: who.to_owned(), value });
    }
}

/// CPU time from one moment to another.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    server: Duration,
    database: Duration,
    generator: Duration,
    begin: Instant,
}

/// CPU time that something took, in microseconds for each message.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// All processes of the server.
    pub server: f64,
    /// The database's process.
    pub database: f64,
}

impl Meter {
    /// From now on.
    pub fn start(server: &Server, database: &Database) -> Meter {
        Meter { server: server.cpu(), database: database.cpu(), generator: kernel::own_cpu(), begin: Instant::now() }
    }

    /// The share of one core that the load generator has used.
    pub fn generator_share(&self) -> f64 {
        kernel::own_cpu().saturating_sub(self.generator).as_secs_f64() / self.begin.elapsed().as_secs_f64()
    }

    /// Waits until the server has nothing more to do. Until now, for each of `count`.
    pub fn stop(&self, server: &Server, database: &Database, count: usize) -> Cost {
        server.settle();
        let each =
            |after: Duration, before: Duration| after.saturating_sub(before).as_secs_f64() * 1e6 / count.max(1) as f64;
        Cost { server: each(server.cpu(), self.server), database: each(database.cpu(), self.database) }
    }
}
