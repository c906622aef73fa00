//! What a delivery process shows of itself: words in memory that all processes share. It writes them at each turn; whoever
//! reads them does not ask it, and so gets an answer while it hangs in its database.

use std::sync::atomic::{fence, AtomicU64, Ordering};
use std::time::Duration;

use crate::silo::time::UnixTime;

/// So many words are a board.
pub const WORDS: usize = ERROR + TEXT_WORDS;

// Where things stand on it.
const PID: usize = 0;
const TURN: usize = 1;
const INBOXES: usize = 2;
const IN_FLIGHT: usize = 3;
const WAITING: usize = 4;
const UNDELETED: usize = 5;
const OLDEST: usize = 6;
const ERROR_TIME: usize = 7;
/// Odd while the text is being written.
const ERROR_VERSION: usize = 8;
const ERROR: usize = 9;
/// 240 bytes, zeroes behind the text.
const TEXT_WORDS: usize = 30;
const TEXT: usize = TEXT_WORDS * 8;
/// The text is read anew so many times when it changes meanwhile.
const LOOKS: usize = 8;

/// What a process has to do, at the end of a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Inboxes that are being delivered.
    pub inboxes: usize,
    /// Messages that are sent and not answered.
    pub in_flight: usize,
    /// Inboxes in the line of those whose turn it is next.
    pub waiting: usize,
    /// Changes of rows that the table has not been told yet.
    pub undeleted: usize,
    /// When the oldest message in flight was sent, on the clock of this machine.
    pub oldest: Option<Duration>,
}

/// The board of one process.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a>(pub &'a [AtomicU64]);

/// A moment on the clock of this machine, never 0.
fn moment(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl Board<'_> {
    fn write(self, place: usize, value: u64) {
        if let Some(word) = self.0.get(place) {
            word.store(value, Ordering::Relaxed);
        }
    }

    fn read(self, place: usize) -> u64 {
        self.0.get(place).map_or(0, |word| word.load(Ordering::Relaxed))
    }

    /// The process has started.
    pub fn started(self, pid: u32, now: Duration) {
        self.write(PID, pid.into());
        self.write(TURN, moment(now));
    }

    /// The process begins a turn.
    pub fn turn(self, now: Duration) {
        self.write(TURN, moment(now));
    }

    /// What it has to do.
    pub fn show(self, load: Load) {
        self.write(INBOXES, load.inboxes as u64);
        self.write(IN_FLIGHT, load.in_flight as u64);
        self.write(WAITING, load.waiting as u64);
        self.write(UNDELETED, load.undeleted as u64);
        self.write(OLDEST, load.oldest.map_or(0, moment));
    }

    /// Something went wrong.
    pub fn error(self, now: UnixTime, text: &str) {
        let version = self.read(ERROR_VERSION);
        self.write(ERROR_VERSION, version.wrapping_add(1) | 1);
        fence(Ordering::Release);
        let mut bytes = [0; TEXT];
        bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        for (place, word) in (ERROR..).zip(bytes.as_chunks::<8>().0) {
            self.write(place, u64::from_ne_bytes(*word));
        }
        self.write(ERROR_TIME, now.cast_unsigned());
        if let Some(word) = self.0.get(ERROR_VERSION) {
            word.store((version.wrapping_add(1) | 1).wrapping_add(1), Ordering::Release);
        }
    }

    /// The pid of the process; 0 before it has started.
    pub fn pid(self) -> u32 {
        u32::try_from(self.read(PID)).unwrap_or(0)
    }

    /// How long ago it began its last turn.
    pub fn silent_for(self, now: Duration) -> Duration {
        Duration::from_millis(moment(now).saturating_sub(self.read(TURN)))
    }

    /// What it has to do, as of then.
    pub fn load(self) -> Load {
        let count = |place| usize::try_from(self.read(place)).unwrap_or(0);
        Load {
            inboxes: count(INBOXES),
            in_flight: count(IN_FLIGHT),
            waiting: count(WAITING),
            undeleted: count(UNDELETED),
            oldest: Some(self.read(OLDEST)).filter(|&oldest| oldest > 0).map(Duration::from_millis),
        }
    }

    /// What went wrong last, and when; `None` when nothing has, or the text is just being changed.
    pub fn last_error(self) -> Option<(UnixTime, String)> {
        (0..LOOKS).find_map(|_| {
            let version = self.0.get(ERROR_VERSION)?.load(Ordering::Acquire);
            let time = self.read(ERROR_TIME).cast_signed();
            let bytes: Vec<u8> = (ERROR..ERROR + TEXT_WORDS).flat_map(|place| self.read(place).to_ne_bytes()).collect();
            fence(Ordering::Acquire);
            let unchanged = version != 0 && version % 2 == 0 && self.read(ERROR_VERSION) == version;
            let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
            let text = bytes.get(..end).unwrap_or_default();
            // It may have been cut in the middle of a character.
            let text = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            unchanged.then(|| (time, text.to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn words() -> Vec<AtomicU64> {
        (0..WORDS).map(|_| AtomicU64::new(0)).collect()
    }

    #[test]
    fn what_is_shown_is_what_is_read() {
        let words = words();
        let board = Board(&words);
        assert_eq!((board.pid(), board.load(), board.last_error()), (0, Load::default(), None));
        board.started(4711, Duration::ZERO);
        let load = Load { inboxes: 3, in_flight: 2, waiting: 1, undeleted: 9, oldest: Some(Duration::from_secs(5)) };
        board.show(load);
        board.turn(Duration::from_secs(7));
        assert_eq!((board.pid(), board.load()), (4711, load));
        assert_eq!(board.silent_for(Duration::from_secs(10)), Duration::from_secs(3));
    }

    #[test]
    fn the_last_error_is_whole_or_not_there() {
        let words = words();
        let board = Board(&words);
        board.error(7, &"é".repeat(300));
        assert_eq!(board.last_error(), Some((7, "é".repeat(120))));
        board.error(8, "short");
        assert_eq!(board.last_error(), Some((8, "short".to_owned())));
        thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0..20_000 {
                    let letter = if turn % 2 == 0 { "a" } else { "b" };
                    board.error(turn % 2, &letter.repeat(200));
                }
            });
            for (time, text) in (0..20_000).filter_map(|_| board.last_error()).filter(|(_, text)| text.len() > 5) {
                assert_eq!(text, if time == 0 { "a" } else { "b" }.repeat(200));
            }
        });
    }
}
