//! What operators see of the delivery, and their hand on it: words in memory that all processes share.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::host::clock::ServerClock;
use crate::host::shared::words::Words;
use crate::silo::delivery::control::board::{self, Board};
use crate::silo::delivery::control::desk::Desk;
use crate::silo::time::{Clock, UnixTime};

/// Commands that can wait for a delivery process at the same time.
const PLACES: usize = 64;
/// When the delivery was paused; 0 while it is not.
const PAUSED: usize = 0;
/// When the table was found not to work; 0 while it does.
const AWAY: usize = 1;
const DESK: usize = 2;
const BOARDS: usize = DESK + PLACES;

/// The words, as they are divided up.
pub struct Watch {
    words: Words,
    processes: usize,
}

impl Watch {
    /// For so many delivery processes. In `mod_init`; `None` when there is not enough shared memory.
    pub fn create(processes: usize) -> Option<Self> {
        // The clock counts from its first reading on: one that is made before the fork holds for all processes.
        ServerClock.monotonic();
        let words = Words::create(processes.checked_mul(board::WORDS)?.checked_add(BOARDS)?)?;
        Some(Self { words, processes })
    }

    fn word(&self, place: usize) -> &AtomicU64 {
        // Always there: see `create`.
        &self.words[place]
    }

    /// The board of a delivery process.
    pub fn board(&self, index: usize) -> Board<'_> {
        let begin = BOARDS + index * board::WORDS;
        Board(self.words.get(begin..begin + board::WORDS).unwrap_or_default())
    }

    /// The boards of all of them.
    pub fn boards(&self) -> impl Iterator<Item = Board<'_>> {
        (0..self.processes).map(|index| self.board(index))
    }

    /// Where questions to them are answered.
    pub fn desk(&self) -> Desk<'_> {
        Desk(self.words.get(DESK..BOARDS).unwrap_or_default())
    }

    /// Pauses the delivery, and gives the time since when it is.
    pub fn pause(&self) -> UnixTime {
        let now = ServerClock.now().max(1).cast_unsigned();
        match self.word(PAUSED).compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => now.cast_signed(),
            Err(before) => before.cast_signed(),
        }
    }

    /// Lets it go on. Whether it was paused.
    pub fn resume(&self) -> bool {
        self.word(PAUSED).swap(0, Ordering::AcqRel) != 0
    }

    /// Since when the delivery is paused.
    pub fn paused_since(&self) -> Option<UnixTime> {
        Some(self.word(PAUSED).load(Ordering::Relaxed).cast_signed()).filter(|&since| since != 0)
    }

    /// Notes that a statement did not work. Whether that is news.
    pub fn store_failed(&self) -> bool {
        let now = ServerClock.now().max(1).cast_unsigned();
        let away = self.word(AWAY);
        away.load(Ordering::Relaxed) == 0 && away.compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Notes that the table works.
    pub fn store_works(&self) {
        self.word(AWAY).store(0, Ordering::Release);
    }

    /// Whether the table was found not to work, and has not worked since.
    pub fn store_is_away(&self) -> bool {
        self.word(AWAY).load(Ordering::Relaxed) != 0
    }
}
