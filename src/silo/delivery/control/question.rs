//! A question to a delivery process, as bytes, and its answer, as a number that fits a word beside its tag.

use std::time::Duration;

use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;
use crate::silo::time::UnixTime;

/// Rows that one question names at most: one statement's worth of work.
pub const GROUP: usize = 100;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Remove these rows, each known by its id and by when it was stored: some databases give an id to another row.
    Remove(Vec<(RowId, UnixTime)>),
    /// How does the run of this inbox stand?
    Inspect(Aor),
}

const REMOVE: u8 = 1;
const INSPECT: u8 = 2;

impl Question {
    /// The question as bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Remove(rows) => {
                let numbers = rows.iter().flat_map(|(id, stored_at)| [id.to_ne_bytes(), stored_at.to_ne_bytes()]);
                [REMOVE].into_iter().chain(numbers.flatten()).collect()
            }
            Self::Inspect(owner) => {
                let length = (owner.user().len() as u64).to_ne_bytes();
                [&[INSPECT], &length[..], owner.user(), owner.host()].concat()
            }
        }
    }

    /// The question that [`Question::encode`] made these bytes from; `None` when it made none such.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&REMOVE, rest) => {
                let (rows, []) = rest.as_chunks::<16>() else { return None };
                let row = |row: &[u8; 16]| {
                    let (id, stored_at) = row.split_first_chunk::<8>()?;
                    Some((RowId::from_ne_bytes(*id), UnixTime::from_ne_bytes(*stored_at.first_chunk()?)))
                };
                rows.iter().map(row).collect::<Option<_>>().map(Self::Remove)
            }
            (&INSPECT, rest) => {
                let (length, texts) = rest.split_first_chunk()?;
                let length = usize::try_from(u64::from_ne_bytes(*length)).ok()?;
                let (user, host) = texts.split_at_checked(length)?;
                Aor::new(user, host).ok().map(Self::Inspect)
            }
            _ => None,
        }
    }
}

/// What an inbox is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Nothing: no dump was asked for, or it is over.
    #[default]
    Nothing,
    /// A run waits for its turn, for the table, or because the delivery is paused.
    Waiting,
    /// A run waits for answers.
    Sending,
}

/// How the run of an inbox stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What it is doing.
    pub doing: Doing,
    /// Messages that were read from the table and wait to be sent.
    pub waiting: usize,
    /// When the process looks at it next by itself; `None` when only an answer or a dump makes it look.
    pub next_look: Option<Duration>,
}

/// What became of rows that were to be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// They are gone, and will not be sent.
    pub removed: usize,
    /// They stay, because they are being delivered.
    pub in_the_way: usize,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Remove`].
    Removed(Removed),
    /// To [`Question::Inspect`].
    Standing(Standing),
    /// The table could not be asked, or did not do it; the log says why.
    NotDone,
}

/// So many bits hold an answer.
pub const BITS: u32 = 40;
const KIND: u32 = 2;
const COUNT: u64 = (1 << 12) - 1;
const SECONDS: u64 = (1 << 20) - 1;

impl Answer {
    /// The answer as a number of [`BITS`] bits. What does not fit is cut to the largest that does.
    pub fn encode(self) -> u64 {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX).min(COUNT);
        match self {
            Self::NotDone => 0,
            Self::Removed(Removed { removed, in_the_way }) => {
                1 | count(removed) << KIND | count(in_the_way) << (KIND + 12)
            }
            Self::Standing(Standing { doing, waiting, next_look }) => {
                let next = next_look.map_or(0, |next| (next.as_secs() + 1).min(SECONDS));
                2 | (doing as u64) << KIND | count(waiting) << (KIND + 2) | next << (KIND + 14)
            }
        }
    }

    /// The answer that [`Answer::encode`] made this number from.
    pub fn decode(number: u64) -> Self {
        let count = |shift: u32| usize::try_from(number >> shift & COUNT).unwrap_or(0);
        match number & 3 {
            1 => Self::Removed(Removed { removed: count(KIND), in_the_way: count(KIND + 12) }),
            2 => {
                let doing = match number >> KIND & 3 {
                    1 => Doing::Waiting,
                    2 => Doing::Sending,
                    _ => Doing::Nothing,
                };
                let next_look = (number >> (KIND + 14) & SECONDS).checked_sub(1).map(Duration::from_secs);
                Self::Standing(Standing { doing, waiting: count(KIND + 2), next_look })
            }
            _ => Self::NotDone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_arrive_as_they_were_asked() {
        let owner = Aor::new("žofie".as_bytes(), b"example.org").unwrap();
        for question in [
            Question::Remove(vec![]),
            Question::Remove(vec![(7, 1_800_000_000), (i64::MAX, -1)]),
            Question::Inspect(owner),
        ] {
            let bytes = question.encode();
            assert_eq!(Question::decode(&bytes), Some(question));
        }
        for bytes in [&b""[..], b"\x09", b"\x01123", b"\x02", b"\x02\xff\xff\xff\xff\xff\xff\xff\xffa@b"] {
            assert_eq!(Question::decode(bytes), None);
        }
    }

    #[test]
    fn answers_arrive_as_they_were_given() {
        let standing = |doing, next| {
            let next_look = Option::map(next, Duration::from_secs);
            Answer::Standing(Standing { doing, waiting: 4095, next_look })
        };
        for answer in [
            Answer::NotDone,
            Answer::Removed(Removed { removed: 100, in_the_way: 4095 }),
            standing(Doing::Nothing, None),
            standing(Doing::Waiting, Some(0)),
            standing(Doing::Sending, Some(SECONDS - 1)),
        ] {
            assert!(answer.encode() < 1 << BITS);
            assert_eq!(Answer::decode(answer.encode()), answer);
        }
        let much = Answer::Removed(Removed { removed: usize::MAX, in_the_way: 0 });
        assert_eq!(Answer::decode(much.encode()), Answer::Removed(Removed { removed: 4095, in_the_way: 0 }));
    }
}
