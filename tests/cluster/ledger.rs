//! What has become of each message: when it came, from which server, and how the phone answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One transaction that brought a message.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What distinguishes it from others.
    pub transaction: u64,
    /// The server that sent it.
    pub server: SocketAddr,
    /// When it first arrived.
    pub arrived: Instant,
    /// When it was answered, and with what.
    pub answered: Option<(Instant, u16)>,
}

impl Attempt {
    fn accepted(&self) -> Option<Instant> {
        self.answered.filter(|(_, code)| *code < 300).map(|(when, _)| when)
    }
}

/// The fate of all messages; shared by the phones and the trial. Message `n` is for the user `n % inboxes`.
#[derive(Clone)]
pub struct Ledger {
    inboxes: usize,
    entries: Arc<Mutex<Vec<Vec<Attempt>>>>,
}

/// A message that was accepted more than once: its attempts, in their order.
pub type Twice = (usize, Vec<Attempt>);

impl Ledger {
    /// For the messages with the numbers below `count`.
    pub fn new(count: usize, inboxes: usize) -> Ledger {
        Ledger { inboxes, entries: Arc::new(Mutex::new(vec![Vec::new(); count])) }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Vec<Attempt>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// The user of a message.
    pub fn user(&self, number: usize) -> usize {
        number % self.inboxes
    }

    /// A message comes. `None` if this transaction has brought it before; else how many others have.
    pub fn arrive(&self, number: usize, transaction: u64, server: SocketAddr) -> Option<usize> {
        let mut entries = self.entries();
        let attempts = entries.get_mut(number)?;
        if attempts.iter().any(|attempt| attempt.transaction == transaction) {
            return None;
        }
        attempts.push(Attempt { transaction, server, arrived: Instant::now(), answered: None });
        Some(attempts.len() - 1)
    }

    /// It is answered, or was before: with what.
    pub fn answer(&self, number: usize, transaction: u64, code: u16) {
        let mut entries = self.entries();
        let attempts = entries.get_mut(number).into_iter().flatten();
        for attempt in attempts.filter(|attempt| attempt.transaction == transaction) {
            attempt.answered.get_or_insert((Instant::now(), code));
        }
    }

    /// With what this transaction was answered.
    pub fn answered(&self, number: usize, transaction: u64) -> Option<u16> {
        let entries = self.entries();
        let mut attempts = entries.get(number)?.iter();
        Some(attempts.find(|attempt| attempt.transaction == transaction)?.answered?.1)
    }

    /// The attempts at one message.
    pub fn attempts(&self, number: usize) -> Vec<Attempt> {
        self.entries()[number].clone()
    }

    /// How many of these messages have been accepted by their phones.
    pub fn delivered(&self, numbers: std::ops::Range<usize>) -> usize {
        let entries = self.entries();
        entries[numbers].iter().filter(|attempts| attempts.iter().any(|it| it.accepted().is_some())).count()
    }

    /// The users who still wait for some of these.
    pub fn waiting(&self, numbers: std::ops::Range<usize>) -> Vec<usize> {
        let entries = self.entries();
        let open = numbers.filter(|number| entries[*number].iter().all(|it| it.accepted().is_none()));
        let mut users: Vec<usize> = open.map(|number| self.user(number)).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Those that were accepted twice.
    pub fn twice(&self) -> Vec<Twice> {
        let entries = self.entries();
        let all = entries.iter().enumerate();
        let twice = all.filter(|(_, attempts)| attempts.iter().filter(|it| it.accepted().is_some()).count() > 1);
        twice.map(|(number, attempts)| (number, attempts.clone())).collect()
    }

    /// The inboxes whose messages came, for the first time, in another order than they were stored.
    pub fn disordered(&self) -> Vec<usize> {
        let entries = self.entries();
        let in_order = |user: &usize| {
            let firsts = entries.iter().skip(*user).step_by(self.inboxes).filter_map(|attempts| attempts.first());
            firsts.map(|attempt| attempt.arrived).collect::<Vec<_>>().is_sorted()
        };
        (0..self.inboxes).filter(|user| !in_order(user)).collect()
    }

    /// Moments at which a message came while another of the same inbox was on its way: not yet answered, and not yet
    /// given up by a server that waits so long.
    pub fn overlaps(&self, patience: Duration) -> Vec<(usize, usize)> {
        let entries = self.entries();
        let mut found = Vec::new();
        for user in 0..self.inboxes {
            let mut all: Vec<(usize, &Attempt)> = Vec::new();
            for (number, attempts) in entries.iter().enumerate().skip(user).step_by(self.inboxes) {
                all.extend(attempts.iter().map(|attempt| (number, attempt)));
            }
            all.sort_by_key(|(_, attempt)| attempt.arrived);
            let end = |attempt: &Attempt| {
                let given_up = attempt.arrived + patience;
                attempt.answered.map_or(given_up, |(when, _)| when.min(given_up))
            };
            let mut open: Option<(usize, Instant)> = None;
            for (number, attempt) in all {
                if let Some((other, until)) = open.filter(|(_, until)| attempt.arrived < *until) {
                    found.push((other, number));
                    open = Some((number, until.max(end(attempt))));
                } else {
                    open = Some((number, end(attempt)));
                }
            }
        }
        found
    }

    /// When a message first came from this server after that moment.
    pub fn first_after(&self, server: SocketAddr, then: Instant) -> Option<Instant> {
        let entries = self.entries();
        let attempts = entries.iter().flatten().filter(|attempt| attempt.server == server);
        attempts.map(|attempt| attempt.arrived).filter(|arrived| *arrived > then).min()
    }

    /// How many attempts at these messages each server made, and how many were refused and never answered.
    pub fn totals(&self, numbers: std::ops::Range<usize>) -> Totals {
        let mut totals = Totals::default();
        for attempt in self.entries()[numbers].iter().flatten() {
            *totals.by_server.entry(attempt.server).or_default() += 1;
            match attempt.answered {
                None => totals.unanswered += 1,
                Some((_, 300..)) => totals.refused += 1,
                Some(_) => {}
            }
        }
        totals
    }
}

/// See [`Ledger::totals`].
#[derive(Debug, Default)]
pub struct Totals {
    /// Attempts of each server.
    pub by_server: BTreeMap<SocketAddr, usize>,
    /// Answered with a refusal.
    pub refused: usize,
    /// Not answered.
    pub unanswered: usize,
}
