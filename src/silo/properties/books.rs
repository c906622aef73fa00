//! The pace and the writes, against plain models of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::tries;
use crate::silo::delivery::pacing::pace::Pace;
use crate::silo::delivery::server::Ticket;
use crate::silo::delivery::writes::write_behind::WriteBehind;
use crate::silo::fakes::Fake;
use crate::silo::message::model::RowId;
use crate::silo::time::UnixTime;

const MILLI: Duration = Duration::from_millis(1);
/// There is always something else to do.
const NEVER_QUIET: Duration = Duration::MAX;

/// What happens to a pace.
#[derive(Clone, Debug)]
enum Beat {
    Send(usize),
    Answer(usize),
    Pass(u32),
}

fn beat() -> impl Strategy<Value = Beat> {
    prop_oneof![
        4 => (0..9_000_usize).prop_map(Beat::Send),
        1 => Just(Beat::Send(usize::MAX)),
        4 => (0..60_usize).prop_map(Beat::Answer),
        2 => (0..700_u32).prop_map(Beat::Pass),
    ]
}

/// What happens to a writes.
#[derive(Clone, Debug)]
enum Entry {
    Delivered(RowId),
    Missed(RowId),
    Pass(u32),
    Down(bool),
    Keep(Option<RowId>),
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        6 => (1..60_i64).prop_map(Entry::Delivered),
        2 => (60..90_i64).prop_map(Entry::Missed),
        4 => (0..1500_u32).prop_map(Entry::Pass),
        1 => any::<bool>().prop_map(Entry::Down),
        1 => prop::option::of(1..60_i64).prop_map(Entry::Keep),
    ]
}

proptest! {
    #![proptest_config(tries(500))]

    #[test]
    fn only_so_much_is_on_its_way_and_never_for_long(beats in vec(beat(), 0..200)) {
        let (mut pace, mut now, mut next) = (Pace::default(), Duration::ZERO, 0);
        // What the network may still hold: ticket, bytes, when it was sent.
        let mut on_its_way: BTreeMap<usize, (usize, Duration)> = BTreeMap::new();
        for beat in beats {
            match beat {
                Beat::Send(bytes) if pace.allows(now, false) => {
                    let before: usize = on_its_way.values().map(|(bytes, _)| bytes).sum();
                    prop_assert!(before < 100_000, "{} bytes were on their way", before);
                    pace.sent(Ticket(next), bytes, now);
                    on_its_way.insert(next, (bytes, now));
                    next += 1;
                }
                Beat::Send(_) => {
                    let end = pace.next_end();
                    prop_assert!(end.is_some_and(|end| end <= now + 500 * MILLI), "it would wait for ever");
                }
                Beat::Answer(back) => {
                    let ticket = next.saturating_sub(back + 1);
                    pace.answered(Ticket(ticket));
                    on_its_way.remove(&ticket);
                }
                Beat::Pass(millis) => now += millis * MILLI,
            }
            pace.forget_old(now);
            on_its_way.retain(|_, (_, sent)| *sent + 500 * MILLI > now);
            prop_assert!(!on_its_way.is_empty() || pace.allows(now, false), "nothing is on its way");
        }
        pace.forget_old(now + 500 * MILLI);
        prop_assert!(pace.allows(now, false) && pace.next_end().is_none());
    }

    #[test]
    fn what_is_settled_is_remembered_until_the_table_knows_it(entries in vec(entry(), 0..120)) {
        let (mut fake, mut writes) = (Fake::default(), WriteBehind::default());
        let (mut delivered, mut missed) = (BTreeSet::new(), BTreeSet::new());
        for id in 1..90 {
            fake.store(id, "bob");
            fake.change(id, |row| row.due_at = 1);
        }
        let settle = |writes: &mut WriteBehind, fake: &mut Fake| {
            let now = fake.0.elapsed.get();
            if writes.due(NEVER_QUIET, usize::MAX).is_some_and(|due| due <= now) {
                let _ = writes.settle(fake, &fake.clone());
            }
        };
        for entry in entries {
            let now = fake.0.elapsed.get();
            match entry {
                // A row that is gone, or known to be ordinary, is not sent, so it cannot be settled again.
                Entry::Delivered(id) if !delivered.contains(&id) => {
                    writes.delivered(id, UnixTime::MAX, now);
                    delivered.insert(id);
                }
                Entry::Missed(id) if !missed.contains(&id) => {
                    writes.missed(id, UnixTime::MAX, now);
                    missed.insert(id);
                }
                Entry::Delivered(_) | Entry::Missed(_) => {}
                Entry::Pass(millis) => fake.wait(millis * MILLI),
                Entry::Down(down) => fake.0.store_is_down.set(down),
                Entry::Keep(id) => fake.0.undeletable.set(id),
            }
            settle(&mut writes, &mut fake);
            let rows = fake.0.rows.borrow();
            for id in 1..90 {
                let row = rows.get(&id);
                prop_assert!(row.is_some() || delivered.contains(&id), "row {} is gone", id);
                let told = if delivered.contains(&id) { row.is_none() } else { row.is_some_and(|row| row.due_at == 0) };
                let settled = delivered.contains(&id) || missed.contains(&id);
                prop_assert_eq!(writes.holds(id), settled && !told, "row {}", id);
            }
            let due = writes.due(NEVER_QUIET, usize::MAX);
            prop_assert_eq!(due.is_some(), writes.unwritten() > 0);
            let latest = fake.0.elapsed.get() + 1000 * MILLI;
            prop_assert!(due.is_none_or(|due| due <= latest), "it would wait longer than a second");
        }
        fake.0.store_is_down.set(false);
        fake.0.undeletable.set(None);
        for _ in 0..4 {
            fake.wait(1000 * MILLI);
            settle(&mut writes, &mut fake);
        }
        prop_assert_eq!((writes.unwritten(), writes.due(NEVER_QUIET, usize::MAX)), (0, None));
        prop_assert_eq!(fake.ids().len(), 89 - delivered.len());
    }
}
