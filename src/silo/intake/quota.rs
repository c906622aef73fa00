//! Places in inboxes that hold a limited number of messages, so that not every message has the table counted.
//!
//! What a count came to is kept in memory that all processes share. Whoever stores a message claims a place there
//! first; as long as the number kept and all claims are within the limit, nothing is counted. Deletes are not noticed,
//! so the number only grows too large, and then the table is counted again: it alone decides that an inbox is full.
//!
//! Claims are in an order. A count that is made with a claim holds all that was stored before that claim; what earlier
//! claims are still storing may be missing from it and is added. So the last of the messages in this order fits, and
//! with it all, however many processes store at once.

use crate::silo::time::UnixTime;

/// Inboxes that one fingerprint may share a bucket with.
const BUCKET: usize = 8;

/// The place for what is known of one inbox. All zeroes is an empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Slot {
    inbox: u64,
    /// At least as many messages as the inbox holds or is about to hold.
    bound: u64,
    /// The second in which they were counted: after it, somebody else may have stored some. 0 means not known.
    counted: UnixTime,
    /// Claims ever made.
    claimed: u64,
    /// Claims of which is known how they ended.
    settled: u64,
}

/// A claim to a place in an inbox, to be settled with [`settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Claims that may be missing from a count that begins now: this one, and the earlier ones not settled.
    ahead: u64,
    /// Those of them that were settled then.
    settled: u64,
}

/// What came of asking for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// There is room.
    Room,
    /// The table has to be counted, and [`counted`] be told.
    Count(Claim),
    /// Nothing can be kept about this inbox now: the table has to be counted.
    NoSlot,
}

/// What a count means for the claim it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is room.
    Room,
    /// There is none.
    Full,
    /// That depends on what becomes of earlier claims: settle this one and ask again.
    Unclear,
}

fn bucket(slots: &mut [Slot], inbox: u64) -> &mut [Slot] {
    let buckets = u64::try_from(slots.len() / BUCKET).unwrap_or(1).max(1);
    let index = usize::try_from(inbox % buckets).unwrap_or(0);
    slots.chunks_mut(BUCKET).nth(index).unwrap_or_default()
}

fn find(slots: &mut [Slot], inbox: u64) -> Option<&mut Slot> {
    bucket(slots, inbox).iter_mut().find(|slot| slot.inbox == inbox && slot.claimed > 0)
}

/// Claims a place in the inbox with this fingerprint, which may hold `most` messages.
pub fn claim(slots: &mut [Slot], inbox: u64, most: u64, now: UnixTime) -> Asked {
    if find(slots, inbox).is_none() {
        // While a claim is open the slot cannot be given to another inbox.
        let idle = bucket(slots, inbox).iter_mut().filter(|slot| slot.claimed == slot.settled);
        let Some(oldest) = idle.min_by_key(|slot| slot.counted) else { return Asked::NoSlot };
        *oldest = Slot { inbox, ..Slot::default() };
        // From here on it is found.
        oldest.claimed = 1;
        oldest.settled = 1;
    }
    let Some(slot) = find(slots, inbox) else { return Asked::NoSlot };
    slot.claimed += 1;
    if slot.counted == now && slot.bound < most {
        slot.bound += 1;
        return Asked::Room;
    }
    Asked::Count(Claim { ahead: slot.claimed - slot.settled, settled: slot.settled })
}

/// Takes in what the table was counted to, after the claim was made at `now`.
pub fn counted(slots: &mut [Slot], inbox: u64, claim: Claim, count: u64, most: u64, now: UnixTime) -> Verdict {
    if let Some(slot) = find(slots, inbox) {
        slot.bound = count.saturating_add(slot.claimed - claim.settled);
        slot.counted = now;
    }
    match count {
        _ if count.saturating_add(claim.ahead) <= most => Verdict::Room,
        _ if count >= most => Verdict::Full,
        _ => Verdict::Unclear,
    }
}

/// Ends a claim. When nothing was stored, or that is not certain, the table is counted the next time.
pub fn settle(slots: &mut [Slot], inbox: u64, stored: bool) {
    if let Some(slot) = find(slots, inbox) {
        slot.settled = slot.claimed.min(slot.settled + 1);
        if !stored {
            slot.counted = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixTime = 1_800_000_000;
    const BOB: u64 = 7;

    fn slots() -> Vec<Slot> {
        vec![Slot::default(); BUCKET]
    }

    /// Asks for a place in an inbox of which the table says that it holds `count`.
    fn ask(slots: &mut [Slot], count: u64, most: u64, now: UnixTime) -> (Verdict, bool) {
        match claim(slots, BOB, most, now) {
            Asked::Room => (Verdict::Room, false),
            Asked::Count(claim) => (counted(slots, BOB, claim, count, most, now), true),
            Asked::NoSlot => panic!("there is a slot"),
        }
    }

    #[test]
    fn the_table_is_counted_once_a_second() {
        let mut slots = slots();
        for (count, now, must_count) in [(0, NOW, true), (1, NOW, false), (2, NOW, false), (3, NOW + 1, true)] {
            assert_eq!(ask(&mut slots, count, 100, now), (Verdict::Room, must_count));
            settle(&mut slots, BOB, true);
        }
    }

    #[test]
    fn only_the_table_says_that_an_inbox_is_full() {
        let mut slots = slots();
        for count in [0, 1] {
            ask(&mut slots, count, 2, NOW);
            settle(&mut slots, BOB, true);
        }
        assert_eq!(ask(&mut slots, 2, 2, NOW), (Verdict::Full, true));
        settle(&mut slots, BOB, false);
        // One was delivered meanwhile.
        assert_eq!(ask(&mut slots, 1, 2, NOW), (Verdict::Room, true));
    }

    #[test]
    fn what_could_not_be_stored_gives_its_place_back() {
        let mut slots = slots();
        assert_eq!(ask(&mut slots, 0, 1, NOW), (Verdict::Room, true));
        settle(&mut slots, BOB, false);
        assert_eq!(ask(&mut slots, 0, 1, NOW), (Verdict::Room, true));
    }

    #[test]
    fn who_is_being_stored_counts_for_those_who_come_later() {
        let mut slots = slots();
        assert_eq!(ask(&mut slots, 0, 1, NOW), (Verdict::Room, true));
        assert_eq!(ask(&mut slots, 0, 1, NOW), (Verdict::Unclear, true));
    }

    #[test]
    fn an_inbox_with_an_open_claim_keeps_its_slot() {
        let mut slots = slots();
        for inbox in 0..BUCKET as u64 {
            assert!(matches!(claim(&mut slots, inbox, 5, NOW), Asked::Count(_)));
        }
        assert_eq!(claim(&mut slots, 100, 5, NOW), Asked::NoSlot);
        settle(&mut slots, 3, true);
        assert!(matches!(claim(&mut slots, 100, 5, NOW), Asked::Count(_)));
        assert_eq!(claim(&mut [], 1, 5, NOW), Asked::NoSlot);
    }

    /// A process that stores a message, in as many steps as others can come between.
    #[derive(Clone, Copy)]
    enum Sender {
        Idle,
        Counting(Claim),
        /// The count that the table gave, not told yet.
        Telling(Claim, u64),
        Inserting,
        /// The row is written, or was refused, and that is not noted yet.
        Settling(bool),
    }

    proptest! {
        /// Whoever comes between whom, and whatever is deleted or fails: the limit holds. And whoever counts alone
        /// gets a clear answer.
        #[test]
        fn senders_at_once_never_exceed_the_limit(
            steps in prop::collection::vec((0..4_usize, 0..100_u8), 0..400),
            most in 1..4_u64,
        ) {
            let (mut slots, mut rows, mut senders) = (slots(), 0_u64, [Sender::Idle; 4]);
            for (number, (sender, chance)) in steps.into_iter().enumerate() {
                let now = NOW + number as i64 / 40;
                let alone = senders.iter().filter(|sender| !matches!(sender, Sender::Idle)).count() == 1;
                senders[sender] = match senders[sender] {
                    Sender::Idle if chance < 15 => {
                        rows = rows.saturating_sub(1);
                        Sender::Idle
                    }
                    Sender::Idle => match claim(&mut slots, BOB, most, now) {
                        Asked::Room => Sender::Inserting,
                        Asked::Count(claim) => Sender::Counting(claim),
                        Asked::NoSlot => panic!("there is a slot"),
                    },
                    Sender::Counting(claim) => Sender::Telling(claim, rows),
                    Sender::Telling(claim, count) => match counted(&mut slots, BOB, claim, count, most, now) {
                        Verdict::Room => Sender::Inserting,
                        Verdict::Full => Sender::Settling(false),
                        Verdict::Unclear => {
                            prop_assert!(!alone || claim.ahead > 1, "nobody was before it");
                            Sender::Settling(false)
                        }
                    },
                    Sender::Inserting => {
                        rows += u64::from(chance >= 15);
                        Sender::Settling(chance >= 15)
                    }
                    Sender::Settling(stored) => {
                        settle(&mut slots, BOB, stored);
                        Sender::Idle
                    }
                };
                prop_assert!(rows <= most, "{rows} rows where {most} are allowed");
            }
        }
    }
}
