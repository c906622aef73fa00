//! Retransmissions, across all processes of the server.

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

    /// Has `store` run for the first of several copies of a request only.
    pub fn once<T, E>(
        &self,
        request: &Request<'_>,
        owner: &Aor,
        store: impl FnOnce() -> Result<T, E>,
    ) -> Outcome<Result<T, E>> {
        let identity = Identity {
            call_id: request.call_id().unwrap_or_default(),
            cseq: request.cseq().unwrap_or_default(),
            from: request.from_header().unwrap_or_default(),
            branch: request.branch().unwrap_or_default(),
            owner,
        };
        let fingerprint = identity.fingerprint(&self.keys);
        let begin = ServerClock.monotonic();
        loop {
            // Without the lock, which only an interrupted store of this very process can hold, nothing is known.
            let claimed = self.slots.with(|slots| claim(slots, fingerprint, ServerClock.now()));
            match claimed.unwrap_or(Claim::First) {
                Claim::First => break,
                Claim::Stored => return Outcome::StoredBefore,
                Claim::UnderWay if ServerClock.monotonic().saturating_sub(begin) >= PATIENCE => {
                    return Outcome::StillUnderWay;
                }
                Claim::UnderWay => std::thread::sleep(LOOK),
            }
        }
        let result = store();
        self.slots.with(|slots| settle(slots, fingerprint, result.is_ok()));
        Outcome::Tried(result)
    }
}
