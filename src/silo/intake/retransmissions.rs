//! Requests that were stored lately, so that a retransmission is not stored a second time.
//!
//! A script that calls `t_newtran()` first has tm absorb retransmissions. One that answers without a transaction
//! gets every retransmission anew, in any process, so what was stored lately is remembered in memory that all
//! processes share.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::silo::message::aor::Aor;
use crate::silo::time::UnixTime;

/// A client that hears nothing stops retransmitting after 64 × T1 = 32 s (RFC 3261 section 17.1.2.2).
const REMEMBERED: UnixTime = 40;
/// Slots that one fingerprint may stand in.
const BUCKET: usize = 8;

/// A place for one request. All zeroes is an empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Slot {
    fingerprint: u64,
    since: UnixTime,
    state: u64,
}

const EMPTY: u64 = 0;
const STORING: u64 = 1;
const STORED: u64 = 2;

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: whoever asked has to store it, and say with [`settle`] whether it is.
    First,
    /// Another process is storing it.
    UnderWay,
    /// It is stored.
    Stored,
}

/// What tells a request from every other one: a retransmission has all of this in common with the original
/// (RFC 3261 section 17.2.3), another request has not.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The Call-ID.
    pub call_id: &'a [u8],
    /// The CSeq.
    pub cseq: &'a [u8],
    /// The whole From header, with its tag.
    pub from: &'a [u8],
    /// The branch of the topmost Via.
    pub branch: &'a [u8],
    /// The inbox: a script may store one request in several.
    pub owner: &'a Aor,
}

impl Identity<'_> {
    /// A number for this request, with keys that no sender knows.
    pub fn fingerprint(&self, keys: &RandomState) -> u64 {
        let mut hasher = keys.build_hasher();
        for part in [self.call_id, self.cseq, self.from, self.branch, self.owner.user(), self.owner.host()] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish()
    }
}

fn bucket(slots: &mut [Slot], fingerprint: u64) -> &mut [Slot] {
    let buckets = u64::try_from(slots.len() / BUCKET).unwrap_or(1).max(1);
    let index = usize::try_from(fingerprint % buckets).unwrap_or(0);
    slots.chunks_mut(BUCKET).nth(index).unwrap_or_default()
}

/// Asks for the right to store the request with this fingerprint.
pub fn claim(slots: &mut [Slot], fingerprint: u64, now: UnixTime) -> Claim {
    let bucket = bucket(slots, fingerprint);
    let live = |slot: &Slot| slot.state != EMPTY && now.saturating_sub(slot.since) < REMEMBERED;
    if let Some(known) = bucket.iter().find(|slot| slot.fingerprint == fingerprint && live(slot)) {
        return if known.state == STORED { Claim::Stored } else { Claim::UnderWay };
    }
    let place = bucket.iter_mut().min_by_key(|slot| if live(slot) { slot.since } else { UnixTime::MIN });
    if let Some(place) = place {
        *place = Slot { fingerprint, since: now, state: STORING };
    }
    Claim::First
}

/// Notes how storing it ended. When it is not stored, a retransmission may try again.
pub fn settle(slots: &mut [Slot], fingerprint: u64, stored: bool) {
    let mine = |slot: &&mut Slot| slot.fingerprint == fingerprint && slot.state == STORING;
    if let Some(slot) = bucket(slots, fingerprint).iter_mut().find(mine) {
        slot.state = if stored { STORED } else { EMPTY };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Vec<Slot> {
        vec![Slot::default(); 64]
    }

    #[test]
    fn a_retransmission_is_known() {
        let mut slots = slots();
        assert_eq!(claim(&mut slots, 7, 100), Claim::First);
        assert_eq!(claim(&mut slots, 7, 100), Claim::UnderWay);
        settle(&mut slots, 7, true);
        assert_eq!(claim(&mut slots, 7, 132), Claim::Stored);
        assert_eq!(claim(&mut slots, 8, 132), Claim::First);
    }

    #[test]
    fn what_was_not_stored_may_be_tried_again() {
        let mut slots = slots();
        claim(&mut slots, 7, 100);
        settle(&mut slots, 7, false);
        assert_eq!(claim(&mut slots, 7, 101), Claim::First);
    }

    #[test]
    fn after_the_last_retransmission_it_is_forgotten() {
        let mut slots = slots();
        claim(&mut slots, 7, 100);
        settle(&mut slots, 7, true);
        assert_eq!(claim(&mut slots, 7, 140), Claim::First);
    }

    #[test]
    fn a_full_bucket_forgets_its_oldest() {
        let mut slots = vec![Slot::default(); BUCKET];
        for request in 0..=BUCKET as u64 {
            claim(&mut slots, request, 100 + request as i64);
        }
        assert_eq!(claim(&mut slots, BUCKET as u64, 110), Claim::UnderWay);
        assert_eq!(claim(&mut slots, 1, 110), Claim::UnderWay);
        assert_eq!(claim(&mut slots, 0, 110), Claim::First);
    }

    #[test]
    fn no_room_at_all_stores_everything() {
        assert_eq!(claim(&mut [], 1, 0), Claim::First);
        settle(&mut [], 1, true);
    }

    #[test]
    fn every_part_of_the_identity_counts() {
        let (keys, bob) = (RandomState::new(), Aor::new(b"bob", b"x").unwrap());
        let carol = Aor::new(b"carol", b"x").unwrap();
        let same = Identity { call_id: b"1", cseq: b"1 MESSAGE", from: b"a", branch: b"z", owner: &bob };
        let print = |identity: Identity<'_>| identity.fingerprint(&keys);
        assert_eq!(print(same), print(same));
        for other in [
            Identity { call_id: b"2", ..same },
            Identity { cseq: b"2 MESSAGE", ..same },
            Identity { from: b"b", ..same },
            Identity { branch: b"y", ..same },
            Identity { owner: &carol, ..same },
        ] {
            assert_ne!(print(same), print(other));
        }
    }
}
