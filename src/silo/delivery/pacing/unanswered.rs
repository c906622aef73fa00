//! Messages that were sent and not answered, or could not be sent at all.
//!
//! Why, nobody knows: the phone may be off, or it may choke on this very message, or the path may be too narrow for it. So
//! such a message is tried again, but after those of its inbox that had less of it. Else one that is never answered would
//! be the first of each run, and keep all others from ever being sent.

use super::recent::Recent;
use crate::silo::message::model::RowId;

/// Of so many messages it is remembered. One that is forgotten is tried among the first again.
const MOST: usize = 20_000;

/// How often each message was sent without an answer.
#[derive(Debug)]
pub struct Unanswered(Recent<RowId, u32>);

impl Default for Unanswered {
    fn default() -> Self {
        Self(Recent::with_room_for(MOST))
    }
}

impl Unanswered {
    /// Notes that a message was sent in vain.
    pub fn add(&mut self, id: RowId) {
        self.0.set(id, self.times(id).saturating_add(1));
    }

    /// How often that has happened to this message.
    pub fn times(&self, id: RowId) -> u32 {
        self.0.get(&id).copied().unwrap_or(0)
    }

    /// Forgets a message that is delivered, or gone.
    pub fn remove(&mut self, id: RowId) {
        self.0.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_counted_until_it_is_gone() {
        let mut unanswered = Unanswered::default();
        unanswered.add(7);
        unanswered.add(7);
        assert_eq!((unanswered.times(7), unanswered.times(8)), (2, 0));
        unanswered.remove(7);
        assert_eq!(unanswered.times(7), 0);
    }
}
