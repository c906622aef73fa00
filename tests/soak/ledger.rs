//! What has become of each message: accepted by the server, answered by the phone, answered a second time.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The fate of all messages; shared by the sender and the phone.
#[derive(Clone)]
pub struct Ledger(Arc<Entries>);

struct Entries {
    accepted: Vec<AtomicBool>,
    /// The transaction in which the phone answered with 200; 0 before.
    answered: Vec<AtomicU64>,
    count: AtomicUsize,
    twice: Mutex<Vec<usize>>,
    refused_stores: AtomicUsize,
    unknown: AtomicUsize,
    refusals: AtomicUsize,
    silences: AtomicUsize,
    late: AtomicUsize,
}

impl Ledger {
    /// For the messages with the numbers below `count`.
    pub fn new(count: usize) -> Ledger {
        Ledger(Arc::new(Entries {
            accepted: (0..count).map(|_| AtomicBool::new(false)).collect(),
            answered: (0..count).map(|_| AtomicU64::new(0)).collect(),
            count: AtomicUsize::new(0),
            twice: Mutex::new(Vec::new()),
            refused_stores: AtomicUsize::new(0),
            unknown: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            silences: AtomicUsize::new(0),
            late: AtomicUsize::new(0),
        }))
    }

    /// The server has answered its MESSAGE with 202.
    pub fn accept(&self, number: usize) {
        self.0.accepted[number].store(true, Ordering::Release);
    }

    /// The server has answered otherwise: it has not stored it.
    pub fn refuse_store(&self) {
        self.0.refused_stores.fetch_add(1, Ordering::Relaxed);
    }

    /// The phone refuses it, leaves it without an answer, or answers late.
    pub fn note_refusal(&self) {
        self.0.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// See [`Ledger::note_refusal`].
    pub fn note_silence(&self) {
        self.0.silences.fetch_add(1, Ordering::Relaxed);
    }

    /// See [`Ledger::note_refusal`].
    pub fn note_late(&self) {
        self.0.late.fetch_add(1, Ordering::Relaxed);
    }

    /// The transaction in which the phone has answered it with 200.
    pub fn answered(&self, number: usize) -> Option<u64> {
        self.0.answered.get(number).map(|it| it.load(Ordering::Acquire)).filter(|&it| it != 0)
    }

    /// The phone answers it with 200, in this transaction. The same transaction again is a retransmission.
    pub fn answer(&self, number: usize, transaction: u64) {
        let Some(entry) = self.0.answered.get(number) else {
            self.0.unknown.fetch_add(1, Ordering::Relaxed);
            return;
        };
        match entry.swap(transaction, Ordering::AcqRel) {
            0 => drop(self.0.count.fetch_add(1, Ordering::AcqRel)),
            before if before == transaction => {}
            _ => self.0.twice.lock().expect("nobody panics with the list").push(number),
        }
    }

    /// How many different messages have been answered with 200.
    pub fn count(&self) -> usize {
        self.0.count.load(Ordering::Acquire)
    }

    /// One line about all of it. `rest` is the number of rows that are left.
    pub fn summary(&self, rest: usize) -> String {
        let entries = &self.0;
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        format!(
            "{} delivered, {} lost, {} twice, {rest} rows left; on the way {} stores refused, and of the phones' answers {} \
             refusals, {} missing, {} late",
            self.count(),
            self.lost().len(),
            self.twice().len(),
            of(&entries.refused_stores),
            of(&entries.refusals),
            of(&entries.silences),
            of(&entries.late),
        )
    }

    /// What is wrong with it, if anything is.
    pub fn faults(&self, rest: usize) -> Vec<String> {
        let (lost, twice, unknown) = (self.lost(), self.twice(), self.0.unknown.load(Ordering::Relaxed));
        let first = |list: &[usize]| format!("{:?}", &list[..list.len().min(20)]);
        let mut faults = Vec::new();
        if !lost.is_empty() {
            faults.push(format!("{} messages are lost, the first of them {}", lost.len(), first(&lost)));
        }
        if !twice.is_empty() {
            faults.push(format!("{} messages came twice, the first of them {}", twice.len(), first(&twice)));
        }
        if unknown > 0 {
            faults.push(format!("{unknown} messages came that nobody sent"));
        }
        if rest > 0 {
            faults.push(format!("{rest} rows are left in the table"));
        }
        faults
    }

    fn lost(&self) -> Vec<usize> {
        let fates = self.0.accepted.iter().zip(&self.0.answered).enumerate();
        let lost = fates.filter(|(_, (accepted, answered))| {
            accepted.load(Ordering::Acquire) && answered.load(Ordering::Acquire) == 0
        });
        lost.map(|(number, _)| number).collect()
    }

    fn twice(&self) -> Vec<usize> {
        self.0.twice.lock().expect("nobody panics with the list").clone()
    }
}
