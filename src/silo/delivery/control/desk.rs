//! Where questions meet their answers: a word of shared memory for each question under way.
//!
//! Who asks takes a place; the process that is asked begins only if the place is still taken for that question, and so
//! does nothing of what nobody waits for any more. No lock, so nobody who dies takes one along.

use std::sync::atomic::{AtomicU64, Ordering};

use super::question::{Answer, BITS};

/// A place that was taken for a question. It fits a number, to be posted with the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub u64);

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The process has not begun.
    Waiting,
    /// It has.
    UnderWay,
    /// The answer is there.
    Answered(Answer),
}

/// The places. All zeroes are free ones.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a>(pub &'a [AtomicU64]);

// A word: 20 bits of the question's number, 4 bits of the state, 40 bits of the answer.
const TAG: u32 = BITS + 4;
const FREE: u64 = 0;
const WAITING: u64 = 1;
const UNDER_WAY: u64 = 2;
const ANSWERED: u64 = 3;
/// Nobody waits for the answer any more.
const LEFT: u64 = 4;

fn word(tag: u64, state: u64, answer: Answer) -> u64 {
    tag << TAG | state << BITS | answer.encode()
}

fn state(word: u64) -> u64 {
    word >> BITS & 15
}

impl<'a> Desk<'a> {
    fn place(self, place: Place) -> Option<(&'a AtomicU64, u64)> {
        let index = usize::try_from(place.0 & u64::from(u32::MAX)).ok()?;
        Some((self.0.get(index)?, place.0 >> 32))
    }

    /// Takes a place for a question. `None` when all are taken.
    pub fn ask(self) -> Option<Place> {
        self.0.iter().enumerate().find_map(|(index, place)| {
            let seen = place.load(Ordering::Acquire);
            let tag = (seen >> TAG).wrapping_add(1) & (u64::MAX >> TAG);
            let free = state(seen) == FREE;
            let taken = || {
                let waiting = word(tag, WAITING, Answer::NotDone);
                place.compare_exchange(seen, waiting, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            };
            (free && taken()).then_some(Place(tag << 32 | index as u64))
        })
    }

    fn step(self, place: Place, from: u64, to: u64, answer: Answer) -> bool {
        self.place(place).is_some_and(|(place, tag)| {
            let (from, to) = (word(tag, from, Answer::NotDone), word(tag, to, answer));
            place.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }

    /// The process has the question. Whether somebody still waits for the answer; else it must not do anything.
    pub fn begin(self, place: Place) -> bool {
        self.step(place, WAITING, UNDER_WAY, Answer::NotDone)
    }

    /// Gives the answer.
    pub fn answer(self, place: Place, answer: Answer) {
        let given = self.step(place, UNDER_WAY, ANSWERED, answer);
        if !given {
            self.step(place, LEFT, FREE, Answer::NotDone);
        }
    }

    /// How the question stands. Once it is answered, the place is free for others.
    pub fn look(self, place: Place) -> Look {
        let Some((word, tag)) = self.place(place) else { return Look::Waiting };
        let seen = word.load(Ordering::Acquire);
        match state(seen) {
            ANSWERED => {
                word.store(tag << TAG | FREE << BITS, Ordering::Release);
                Look::Answered(Answer::decode(seen & ((1 << BITS) - 1)))
            }
            UNDER_WAY => Look::UnderWay,
            _ => Look::Waiting,
        }
    }

    /// Waits no longer. How the question stood: what was waiting will not be done.
    pub fn leave(self, place: Place) -> Look {
        if self.step(place, WAITING, FREE, Answer::NotDone) {
            Look::Waiting
        } else if self.step(place, UNDER_WAY, LEFT, Answer::NotDone) {
            Look::UnderWay
        } else {
            self.look(place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::delivery::control::question::Removed;

    const DONE: Answer = Answer::Removed(Removed { removed: 7, in_the_way: 1 });

    fn words<const N: usize>() -> [AtomicU64; N] {
        std::array::from_fn(|_| AtomicU64::new(0))
    }

    #[test]
    fn a_question_is_answered_once_and_its_place_is_free_again() {
        let words = words::<1>();
        let desk = Desk(&words);
        let first = desk.ask().unwrap();
        assert_eq!((desk.ask(), desk.look(first)), (None, Look::Waiting));
        assert!(desk.begin(first) && !desk.begin(first));
        assert_eq!(desk.look(first), Look::UnderWay);
        desk.answer(first, DONE);
        assert_eq!(desk.look(first), Look::Answered(DONE));
        let second = desk.ask().unwrap();
        assert!(second != first && !desk.begin(first) && desk.begin(second));
    }

    #[test]
    fn what_nobody_waits_for_is_not_begun() {
        let words = words::<1>();
        let desk = Desk(&words);
        let place = desk.ask().unwrap();
        assert_eq!(desk.leave(place), Look::Waiting);
        assert!(!desk.begin(place));
        assert!(desk.ask().is_some());
    }

    #[test]
    fn an_answer_that_comes_too_late_frees_the_place() {
        let words = words::<1>();
        let desk = Desk(&words);
        let place = desk.ask().unwrap();
        assert!(desk.begin(place));
        assert_eq!(desk.leave(place), Look::UnderWay);
        assert_eq!(desk.ask(), None);
        desk.answer(place, DONE);
        assert!(desk.ask().is_some());
        // Or in the last moment.
        let words = self::words::<1>();
        let desk = Desk(&words);
        let place = desk.ask().unwrap();
        assert!(desk.begin(place));
        desk.answer(place, DONE);
        assert_eq!(desk.leave(place), Look::Answered(DONE));
    }
}
