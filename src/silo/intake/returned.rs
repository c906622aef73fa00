//! Messages of our own that a script hands back to `m_store()`.
//!
//! What was sent out of the silo still has its row there, so nothing is to be stored: the row stays, whatever the script
//! answers. Two processes have to agree about that. A worker says "this one came back", the delivery process says "this
//! one is delivered, its row goes", and whoever is first decides. They meet in a word of memory that all processes
//! share, one for each flight, which is changed as a whole: no lock that a process which dies could take along.
//!
//! A word is that of flight number `ticket` modulo their count, so the last flights are remembered, as many as there are
//! words. Of an older one only the table knows what became of it ([`HandedBack::Ask`]).
//!
//! A peer that has seen the tag of a message can show it again. While the message is in flight that keeps its row, as
//! any refusal would; after its delivery it is stored once, as any message is that somebody sends.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::silo::time::UnixTime;

/// What is known of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
enum State {
    /// Sent, and not answered.
    Flying = 1,
    /// Handed back while it was in flight: its row stays.
    Returned = 2,
    /// Handed back while nothing was known of it; the table is asked whether its row is there, which stays from now on.
    Asking = 3,
    /// Ended, and its row stays.
    Kept = 4,
    /// Delivered: its row is gone, or about to go.
    Gone = 5,
    /// Handed back after that; it is being written again.
    Writing = 6,
    /// Written again, as another row.
    Rewritten = 7,
}

/// What `m_store()` has to do with a message that it is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedBack {
    /// Nothing.
    Stays,
    /// Ask the table whether the row is there, and tell [`Book::found`].
    Ask,
    /// Write the row again, and tell [`Book::written`].
    Write,
    /// Nothing yet: another copy is being written.
    UnderWay,
    /// Nothing can be noted now.
    NoRoom,
}

/// A word: 40 bits of the ticket, 21 bits of seconds, 3 bits of the state. 0 is an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

const TICKET: u64 = (1 << 40) - 1;
const SECONDS: u64 = (1 << 21) - 1;
/// A promise that a row stays is kept until the flight has ended; after so many seconds it has, or was given up.
const PROMISED: u64 = 900;

impl Word {
    fn new(ticket: u64, state: State, now: UnixTime) -> Self {
        Self((ticket & TICKET) << 24 | (now.cast_unsigned() & SECONDS) << 3 | state as u64)
    }

    /// The state of that flight; `None` when the word is another's.
    fn state_of(self, ticket: u64) -> Option<State> {
        let states =
            [State::Flying, State::Returned, State::Asking, State::Kept, State::Gone, State::Writing, State::Rewritten];
        let known = states.into_iter().find(|&state| state as u64 == self.0 & 7);
        known.filter(|_| self.0 >> 24 == ticket & TICKET)
    }

    /// Whether the word must be left to its flight.
    fn is_promise(self, now: UnixTime) -> bool {
        let age = now.cast_unsigned().wrapping_sub(self.0 >> 3) & SECONDS;
        let promises = [State::Returned, State::Asking, State::Writing];
        age < PROMISED && promises.iter().any(|&state| state as u64 == self.0 & 7)
    }
}

/// What is known of the last flights.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a>(pub &'a [AtomicU64]);

impl<'a> Book<'a> {
    /// Changes what is known of a flight in one step. `next` says from the state, which is `None` when nothing is known,
    /// what it becomes and what that means. Where nothing can be noted, it means `otherwise`.
    fn change<R>(
        self,
        ticket: u64,
        now: UnixTime,
        otherwise: R,
        next: impl Fn(Option<State>) -> (Option<State>, R),
    ) -> R {
        let count = u64::try_from(self.0.len()).unwrap_or(u64::MAX).max(1);
        let Some(place) = usize::try_from(ticket % count).ok().and_then(|index| self.0.get(index)) else {
            return otherwise;
        };
        let mut seen = place.load(Ordering::Acquire);
        loop {
            let known = Word(seen).state_of(ticket);
            if known.is_none() && Word(seen).is_promise(now) {
                return otherwise;
            }
            let (state, meaning) = next(known);
            let Some(state) = state.filter(|&state| Some(state) != known) else { return meaning };
            let word = Word::new(ticket, state, now).0;
            match place.compare_exchange_weak(seen, word, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return meaning,
                Err(changed) => seen = changed,
            }
        }
    }

    /// A message is about to be sent.
    pub fn take_off(self, ticket: u64, now: UnixTime) {
        self.change(ticket, now, (), |_| (Some(State::Flying), ()));
    }

    /// The result of a flight is known. Whether the row has to stay, even if the message was `delivered`, because it was
    /// handed back.
    pub fn land(self, ticket: u64, delivered: bool, now: UnixTime) -> bool {
        self.change(ticket, now, false, |known| match known {
            None | Some(State::Flying) => (Some(if delivered { State::Gone } else { State::Kept }), false),
            Some(State::Returned | State::Asking) => (Some(State::Kept), true),
            Some(State::Kept | State::Writing | State::Rewritten) => (None, true),
            Some(State::Gone) => (None, false),
        })
    }

    /// `m_store()` was called for this message, with its own inbox.
    pub fn hand_back(self, ticket: u64, now: UnixTime) -> HandedBack {
        self.change(ticket, now, HandedBack::NoRoom, |known| match known {
            None | Some(State::Asking) => (Some(State::Asking), HandedBack::Ask),
            Some(State::Flying) => (Some(State::Returned), HandedBack::Stays),
            Some(State::Returned | State::Kept | State::Rewritten) => (None, HandedBack::Stays),
            Some(State::Gone) => (Some(State::Writing), HandedBack::Write),
            Some(State::Writing) => (None, HandedBack::UnderWay),
        })
    }

    /// The table was asked whether the row is there.
    pub fn found(self, ticket: u64, there: bool, now: UnixTime) -> HandedBack {
        self.change(ticket, now, HandedBack::NoRoom, |known| match (known, there) {
            (Some(State::Writing), _) => (None, HandedBack::UnderWay),
            (Some(State::Rewritten), _) => (None, HandedBack::Stays),
            (Some(State::Asking), true) => (Some(State::Returned), HandedBack::Stays),
            (_, true) => (None, HandedBack::Stays),
            (_, false) => (Some(State::Writing), HandedBack::Write),
        })
    }

    /// The places of the flights that are not answered at `now`, and for how many seconds. A place is the ticket modulo the
    /// count of the words.
    pub fn flying(self, now: UnixTime) -> impl Iterator<Item = (usize, u64)> + use<'a> {
        let words = self.0;
        words.iter().enumerate().filter_map(move |(place, word)| {
            let word = Word(word.load(Ordering::Acquire));
            let age = now.cast_unsigned().wrapping_sub(word.0 >> 3) & SECONDS;
            let flies = [State::Flying, State::Returned].iter().any(|&state| state as u64 == word.0 & 7);
            (flies && age < PROMISED).then_some((place, age))
        })
    }

    /// The row was written again, or that failed.
    pub fn written(self, ticket: u64, stored: bool, now: UnixTime) {
        let state = if stored { State::Rewritten } else { State::Gone };
        self.change(ticket, now, (), |known| (known.filter(|&known| known == State::Writing).map(|_| state), ()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = 1_800_000_000;

    fn words(count: usize) -> Vec<AtomicU64> {
        (0..count).map(|_| AtomicU64::new(0)).collect()
    }

    #[test]
    fn what_comes_back_in_flight_keeps_its_row_whatever_is_answered() {
        for delivered in [true, false] {
            let words = words(4);
            let book = Book(&words);
            book.take_off(7, NOW);
            assert_eq!(book.hand_back(7, NOW), HandedBack::Stays);
            assert!(book.land(7, delivered, NOW));
            assert_eq!(book.hand_back(7, NOW), HandedBack::Stays, "another copy, later");
        }
    }

    #[test]
    fn what_does_not_come_back_goes_or_stays_as_it_was_answered() {
        let words = words(4);
        let book = Book(&words);
        book.take_off(7, NOW);
        assert!(!book.land(7, true, NOW));
        book.take_off(8, NOW);
        assert!(!book.land(8, false, NOW));
        assert_eq!(book.hand_back(8, NOW), HandedBack::Stays, "after its 408");
    }

    #[test]
    fn what_comes_back_after_its_delivery_is_written_once() {
        let words = words(4);
        let book = Book(&words);
        book.take_off(7, NOW);
        book.land(7, true, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Write);
        assert_eq!(book.hand_back(7, NOW), HandedBack::UnderWay);
        book.written(7, false, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Write, "it failed before");
        book.written(7, true, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Stays);
    }

    #[test]
    fn of_an_old_flight_the_table_knows() {
        let words = words(4);
        let book = Book(&words);
        book.take_off(7, NOW);
        book.take_off(11, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Ask);
        assert_eq!(book.found(7, true, NOW), HandedBack::Stays);
        assert!(book.land(7, true, NOW), "it was still in flight");

        book.take_off(11, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Ask);
        assert_eq!(book.found(7, false, NOW), HandedBack::Write);
        book.written(7, true, NOW);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Stays);
    }

    #[test]
    fn a_result_while_the_table_is_asked_deletes_nothing() {
        let words = words(4);
        let book = Book(&words);
        assert_eq!(book.hand_back(7, NOW), HandedBack::Ask);
        assert!(book.land(7, true, NOW));
        assert_eq!(book.found(7, true, NOW), HandedBack::Stays);
    }

    #[test]
    fn a_promise_is_not_forgotten_for_another_flight() {
        let words = words(4);
        let book = Book(&words);
        book.take_off(7, NOW);
        book.hand_back(7, NOW);
        book.take_off(11, NOW);
        assert_eq!(book.hand_back(11, NOW), HandedBack::NoRoom);
        assert!(!book.land(11, true, NOW));
        assert!(book.land(7, true, NOW));
        assert_eq!(book.hand_back(11, NOW), HandedBack::Ask, "now there is room");
        book.take_off(15, NOW + 1000);
        assert_eq!(book.hand_back(15, NOW + 1000), HandedBack::Stays, "a promise of which nothing came");
    }

    #[test]
    fn without_words_nothing_is_known() {
        let book = Book(&[]);
        book.take_off(7, NOW);
        assert_eq!((book.hand_back(7, NOW), book.land(7, true, NOW)), (HandedBack::NoRoom, false));
    }

    /// Whoever is first, the row stays or the message is written again: never neither.
    #[test]
    fn a_copy_and_a_result_at_once_lose_nothing() {
        for _ in 0..200 {
            let words = words(1);
            let book = Book(&words);
            book.take_off(7, NOW);
            let (kept, copy) = std::thread::scope(|scope| {
                let worker = scope.spawn(|| book.hand_back(7, NOW));
                (book.land(7, true, NOW), worker.join().unwrap())
            });
            assert_eq!(copy, if kept { HandedBack::Stays } else { HandedBack::Write });
        }
    }
}
