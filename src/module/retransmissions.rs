//! Retransmissions, across all processes of the server.

use std::cell::RefCell;
use std::hash::RandomState;
use std::time::Duration;

use crate::host::shared::locked::Locked;
use crate::host::sip::msg::Request;
use crate::silo::intake::retransmissions::{claim, settle, Claim, Identity, Slot};
use crate::silo::message::aor::Aor;
use crate::silo::time::Clock;

use crate::host::clock::ServerClock;

/// 768 KiB of shared memory: enough for the retransmissions of 800 messages a second.
const SLOTS: usize = 32_768;
/// How long a retransmission waits for the original to be stored; longer than a healthy database takes.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(5);

thread_local! {
    /// The run of the script that this process is at, and what it has stored in it.
    static RUN: RefCell<((u32, usize), Vec<u64>)> = const { RefCell::new(((0, 0), Vec::new())) };
}

/// What was stored lately.
pub struct Retransmissions {
    slots: Locked<Slot>,
    keys: RandomState,
}

/// What became of a request that may be a retransmission.
#[derive(Debug)]
pub enum Outcome<R> {
    /// It was the first, and this came of storing it.
    Tried(R),
    /// It was stored before.
    StoredBefore,
    /// The original is being stored, and that takes long.
    StillUnderWay,
}

impl Retransmissions {
    /// In `mod_init`; `None` when there is not enough shared memory.
    pub fn create() -> Option<Self> {
        Some(Self { slots: Locked::create(SLOTS)?, keys: RandomState::new() })
    }

    /// Asks for the right to store a request, and gives the number by which it is known.
    pub fn claim(&self, request: &Request<'_>, owner: &Aor) -> (Claim, u64) {
        let identity = Identity {
            call_id: request.call_id().unwrap_or_default(),
            cseq: request.cseq().unwrap_or_default(),
            from: request.from_header().unwrap_or_default(),
            branch: request.branch().unwrap_or_default(),
            owner,
        };
        let fingerprint = identity.fingerprint(&self.keys);
        let claimed = match self.claim_again(fingerprint) {
            Claim::First => {
                note(request, fingerprint);
                Claim::First
            }
            // A script that stores a request twice wants it twice: for two destinations, or now and as a reminder.
            _ if is_of_this_run(request, fingerprint) => Claim::First,
            known => known,
        };
        (claimed, fingerprint)
    }

    /// Without the lock, which only an interrupted store of this very process can hold, nothing is known.
    fn claim_again(&self, fingerprint: u64) -> Claim {
        self.slots.with(|slots| claim(slots, fingerprint, ServerClock.now())).unwrap_or(Claim::First)
    }

    /// Notes whether the request of that number is stored.
    pub fn settle(&self, fingerprint: u64, stored: bool) {
        self.slots.with(|slots| settle(slots, fingerprint, stored));
    }

    /// Has `store` run for the first of several copies of a request only.
    pub fn once<T, E>(
        &self,
        request: &Request<'_>,
        owner: &Aor,
        store: impl FnOnce() -> Result<T, E>,
    ) -> Outcome<Result<T, E>> {
        let (mut claimed, fingerprint) = self.claim(request, owner);
        let begin = ServerClock.monotonic();
        loop {
            match claimed {
                Claim::First => break,
                Claim::Stored => return Outcome::StoredBefore,
                Claim::UnderWay if ServerClock.monotonic().saturating_sub(begin) >= PATIENCE => {
                    return Outcome::StillUnderWay;
                }
                Claim::UnderWay => std::thread::sleep(LOOK),
            }
            claimed = self.claim_again(fingerprint);
        }
        let result = store();
        self.settle(fingerprint, result.is_ok());
        Outcome::Tried(result)
    }
}

/// Whether it is this very run of the script that has stored the request of that number.
fn is_of_this_run(request: &Request<'_>, fingerprint: u64) -> bool {
    RUN.with_borrow(|(run, stored)| *run == request.run() && stored.contains(&fingerprint))
}

fn note(request: &Request<'_>, fingerprint: u64) {
    RUN.with_borrow_mut(|(run, stored)| {
        if *run != request.run() {
            *run = request.run();
            stored.clear();
        }
        stored.push(fingerprint);
    });
}
