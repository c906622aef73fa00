//! What is asked for on the command line.

use std::env;
use std::time::Duration;

/// The settings of a trial, from the environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Messages of each run: `N=`.
    pub count: usize,
    /// Users they are for: `INBOXES=`.
    pub inboxes: usize,
    /// Kamailios: `SERVERS=`.
    pub servers: u8,
    /// How often each trial is run: `RUNS=`.
    pub runs: usize,
    /// How often a server is killed in its trial: `KILLS=`.
    pub kills: usize,
    /// How long a claim lasts: `LEASE=`, how many times as fast as outside of trials its clock runs, from 1 to 128, or
    /// `off` for servers that do not know of each other. By default as in real life where all servers stay, and quickly
    /// where some are hurt.
    pub lease: Lease,
    /// Whether claims outlive their servers here, so that others have to wait for their end.
    pub is_waiting: bool,
    /// For how many seconds a server is suspended, or cut off: `OUTAGE=`. By default for longer than any claim lasts.
    pub outage: Option<Duration>,
    /// Nodes of a Galera cluster, 0 for an ordinary database: `GALERA=`.
    pub galera: usize,
    /// The trials that are wanted, all of them if there is none: `ONLY=`.
    pub only: Vec<String>,
}

/// How long a claim lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// There are no claims: `shared_table` is 0.
    Off,
    /// They last 513 to 1023 seconds by a clock that is so many times as fast as it should be.
    Times(u32),
}

impl Lease {
    /// The longest time that a claim outlives its server.
    pub fn longest(self) -> Duration {
        match self {
            Lease::Off => Duration::ZERO,
            Lease::Times(times) => Duration::from_secs(1023) / times,
        }
    }
}

impl Settings {
    /// Reads them, or stops with what is wrong with them.
    pub fn read() -> Settings {
        let lease = match text("LEASE").as_deref() {
            None => Lease::Times(1),
            Some("off") => Lease::Off,
            Some(other) => match other.parse() {
                Ok(times @ 1..=128) => Lease::Times(times),
                _ => panic!("LEASE={other} is neither a number from 1 to 128 nor off"),
            },
        };
        let servers = number("SERVERS", 2);
        Settings {
            count: number("N", 2000),
            inboxes: number("INBOXES", 200).max(1),
            servers: u8::try_from(servers).unwrap_or_else(|_| panic!("SERVERS={servers} is more than 255")).max(1),
            runs: number("RUNS", 1),
            kills: number("KILLS", 20),
            lease,
            is_waiting: false,
            outage: text("OUTAGE").map(|_| Duration::from_secs(number("OUTAGE", 0) as u64)),
            galera: number("GALERA", 0),
            only: text("ONLY").iter().flat_map(|names| names.split([',', ' '])).map(str::to_owned).collect(),
        }
    }

    /// The same for a trial in which servers are hurt.
    pub fn waiting(&self) -> Settings {
        let lease = if text("LEASE").is_none() { Lease::Times(128) } else { self.lease };
        Settings { lease, is_waiting: true, ..self.clone() }
    }

    /// How long after nothing more has come the rest would still come.
    pub fn patience(&self) -> Duration {
        let claims = if self.is_waiting { self.lease.longest() } else { Duration::ZERO };
        Duration::from_secs(45) + claims
    }

    /// Whether a trial is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it == name)
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn number(name: &str, default: usize) -> usize {
    text(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
