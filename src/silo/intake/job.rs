//! What a SIP worker leaves to the storing process, as bytes that can lie in memory shared by processes.

use super::mark::Mark;
use crate::silo::message::aor::Aor;
use crate::silo::message::codec::{push_message, push_number, push_text, take_aor, take_message, take_number};
use crate::silo::message::model::NewMessage;

/// What is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// A new message, and the number by which a retransmission of its request is known.
    Write(NewMessage, u64),
    /// One of ours that came back to its own inbox. The message is what is written when its row is gone; `None` when it is
    /// over, or not fit to be written.
    TakeBack(Mark, Aor, Option<NewMessage>),
}

const WRITE: u64 = 1;
const TAKE_BACK: u64 = 2;

impl Job {
    /// Whose inbox.
    pub fn owner(&self) -> &Aor {
        match self {
            Self::Write(message, _) => &message.owner,
            Self::TakeBack(_, owner, _) => owner,
        }
    }

    /// The job as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        match self {
            Self::Write(message, fingerprint) => {
                push_number(&mut bytes, WRITE);
                push_number(&mut bytes, *fingerprint);
                push_message(&mut bytes, message);
            }
            Self::TakeBack(mark, owner, message) => {
                push_number(&mut bytes, TAKE_BACK);
                mark.numbers().into_iter().for_each(|number| push_number(&mut bytes, number));
                push_text(&mut bytes, owner.user());
                push_text(&mut bytes, owner.host());
                push_number(&mut bytes, u64::from(message.is_some()));
                if let Some(message) = message {
                    push_message(&mut bytes, message);
                }
            }
        }
        bytes
    }

    /// The job that [`Job::encode`] made these bytes from; `None` when it made none such.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let job = match take_number(&mut bytes)? {
            WRITE => {
                let fingerprint = take_number(&mut bytes)?;
                Self::Write(take_message(&mut bytes)?, fingerprint)
            }
            TAKE_BACK => {
                let mut numbers = [0; 6];
                for number in &mut numbers {
                    *number = take_number(&mut bytes)?;
                }
                let (mark, owner) = (Mark::of_numbers(numbers)?, take_aor(&mut bytes)?);
                let message = match take_number(&mut bytes)? {
                    0 => None,
                    _ => Some(take_message(&mut bytes)?),
                };
                Self::TakeBack(mark, owner, message)
            }
            _ => return None,
        };
        bytes.is_empty().then_some(job)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;
    use crate::silo::fakes::bob;
    use crate::silo::message::model::Origin;

    fn message() -> NewMessage {
        NewMessage {
            owner: bob(),
            from: b"sip:alice@x".to_vec(),
            to: b"sip:bob@x".to_vec(),
            content_type: Vec::new(),
            body: vec![0, 255],
            headers: b"A: b\r\n".to_vec(),
            call_id: b"1".to_vec(),
            stored_at: 1_800_000_000,
            expires_at: i64::MAX,
            due_at: -1,
        }
    }

    #[test]
    fn jobs_arrive_as_they_were_sent() {
        let origin = Origin { id: -7, owner: bob(), prefix: 44, stored_at: 1, expires_at: 2 };
        let mark = Mark::new(12, &origin, &RandomState::new());
        for job in [
            Job::Write(message(), u64::MAX),
            Job::TakeBack(mark, bob(), Some(message())),
            Job::TakeBack(mark, bob(), None),
        ] {
            let bytes = job.encode();
            assert_eq!(Job::decode(&bytes).as_ref(), Some(&job));
            assert!((0..bytes.len()).all(|cut| Job::decode(&bytes[..cut]).is_none()));
            assert_eq!(Job::decode(&[bytes, vec![0]].concat()), None);
        }
        assert_eq!(Job::decode(&3_u64.to_ne_bytes()), None);
    }
}
