//! A batch of messages: stored, delivered, and what goes wrong meanwhile.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use super::database::Database;
use super::ledger::Ledger;
use super::phone::{Manner, Phone, USERS};
use super::sender;
use super::server::Server;
use super::wait::within;

/// How long nothing may arrive before the soak ends: longer than tm waits for a phone, and longer than a database takes to
/// start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often phones register while messages are still to come.
const AGAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether they have come.
const LOOK: Duration = Duration::from_millis(5);

/// What goes wrong while a batch is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The database is restarted, and messages are sent while it is down.
    Database,
    /// Phones do not answer.
    Vanish,
    /// Phones refuse.
    Refuse,
    /// Phones answer late.
    Late,
    /// All phones register again and again.
    Storm,
    /// An administrator changes a value of the configuration.
    Value,
    /// Several at once.
    Storms,
}

impl Fault {
    /// In the order in which they happen.
    pub const ALL: &[Fault] = &[
        Fault::None,
        Fault::Database,
        Fault::Vanish,
        Fault::Refuse,
        Fault::Late,
        Fault::Storm,
        Fault::Value,
        Fault::Storms,
    ];

    fn manner(self) -> Manner {
        match self {
            Fault::Vanish => Manner::Vanish,
            Fault::Refuse | Fault::Storms => Manner::Refuse,
            Fault::Late => Manner::Late,
            Fault::None | Fault::Database | Fault::Storm | Fault::Value => Manner::Well,
        }
    }
}

/// What a batch works with.
pub struct Run<'a> {
    /// The server.
    pub server: &'a Server,
    /// Its database.
    pub database: &'a mut Database,
    /// What becomes of the messages.
    pub ledger: &'a Ledger,
    /// The phones.
    pub phone: &'a Phone,
}

impl Run<'_> {
    /// Stores the messages with these numbers, which follow those before, and waits until all are delivered.
    pub fn batch(&mut self, numbers: Range<usize>, fault: Fault) {
        self.store(numbers.clone());
        self.phone.behave(fault.manner());
        self.register_all();
        let (start, size) = (numbers.start, numbers.len());
        match fault {
            Fault::Database => {
                self.wait_for(start + size / 3);
                self.restart_database(numbers.clone());
            }
            Fault::Storm | Fault::Storms => {
                for part in 1..20 {
                    self.register_all();
                    self.wait_for(start + size * part / 30);
                }
            }
            Fault::Value => self.change_values(),
            Fault::Vanish => {
                let failed = self.failed();
                self.wait_for(start + size / 2);
                self.wait_for_failures(failed + (USERS / 4) as i64);
            }
            Fault::None | Fault::Refuse | Fault::Late => {}
        }
        if matches!(fault, Fault::Vanish) {
            self.phone.behave(Manner::Well);
        }
        self.wait_for(numbers.end);
        self.phone.behave(Manner::Well);
    }

    /// How many rows stay in the table, where each should be gone soon after its message was answered.
    pub fn rows_left(&self) -> usize {
        let none = within(PATIENCE, || (self.database.count() == 0).then_some(0));
        none.unwrap_or_else(|| self.database.count())
    }

    /// What is refused is sent again, as somebody would; outside an outage nothing is.
    fn store(&self, numbers: Range<usize>) {
        let mut refused = sender::send(self.server.address(), self.ledger, numbers);
        let begin = Instant::now();
        while !refused.is_empty() {
            assert!(begin.elapsed() < PATIENCE, "the server refuses {} messages still", refused.len());
            thread::sleep(Duration::from_millis(100));
            refused = sender::send(self.server.address(), self.ledger, refused);
        }
    }

    fn register_all(&self) {
        for index in 0..USERS {
            self.phone.register(self.server.address(), index);
        }
    }

    /// Waits until so many are delivered in all; phones register again from time to time.
    fn wait_for(&self, count: usize) {
        let (mut seen, mut moved, mut registered) = (self.ledger.count(), Instant::now(), Instant::now());
        while self.ledger.count() < count {
            thread::sleep(LOOK);
            let now = self.ledger.count();
            if now > seen {
                (seen, moved) = (now, Instant::now());
            }
            if registered.elapsed() > AGAIN {
                self.register_all();
                registered = Instant::now();
            }
            assert!(
                moved.elapsed() < PATIENCE,
                "{} of {count} messages are delivered, and no more come; the server's log ends with:\n{}",
                now,
                tail(&self.server.log())
            );
        }
    }

    /// How many attempts to deliver have failed so far.
    fn failed(&self) -> i64 {
        self.server.rpc().statistic("msilo", "failed_messages").expect("msilo counts what it could not deliver")
    }

    /// Waits until tm has given up so many in all.
    fn wait_for_failures(&self, count: i64) {
        let begin = Instant::now();
        while self.failed() < count {
            assert!(
                begin.elapsed() < PATIENCE,
                "phones are silent, and {} of {count} failures are counted",
                self.failed()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Messages that are sent while it is down are refused, so that their senders know. They were all delivered before:
    /// here they are only copies, which nobody may ever see.
    fn restart_database(&mut self, numbers: Range<usize>) {
        let (server, ledger) = (self.server, self.ledger);
        let sent: Vec<usize> = numbers.take(USERS).collect();
        let mut refused = 0;
        self.database.restart(|| refused = sender::send(server.address(), ledger, sent.iter().copied()).len());
        assert_eq!(refused, sent.len(), "of {} messages some were accepted without a database", sent.len());
    }

    fn change_values(&self) {
        for value in ["7999", "8000"] {
            let changed = self.server.rpc().call(&["cfg.set_now_int", "tm", "fr_timer", value]);
            changed.unwrap_or_else(|error| panic!("tm's fr_timer cannot be set to {value}: {error}"));
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
