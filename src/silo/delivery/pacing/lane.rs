//! The way of messages that are sent apart from the others: there is room for one at a time.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::hosts::Host;
use crate::silo::delivery::server::Ticket;
use crate::silo::message::aor::Aor;

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By this process, which goes on when it is sent.
    Straight,
    /// By another one.
    Apart,
}

/// The other process, and who waits for it.
#[derive(Debug, Default)]
pub struct Lane {
    /// What is being sent, and when nothing more will be heard of that.
    out: Option<(Ticket, Host, Duration)>,
    /// Inboxes whose next message goes this way, each once, and who they are.
    waiting: VecDeque<Aor>,
    who_waits: HashSet<Aor>,
}

impl Lane {
    /// Whether nothing is being sent that way.
    pub fn is_free(&self) -> bool {
        self.out.is_none()
    }

    /// Notes what is being sent to which host, and when nothing more will be heard of that.
    pub fn take(&mut self, ticket: Ticket, host: Host, loss: Duration) {
        self.out = Some((ticket, host, loss));
    }

    /// What was being sent with this ticket is sent, or could not be: the way is free. Gives its host.
    pub fn give_back(&mut self, ticket: Ticket) -> Option<Host> {
        self.out.take_if(|(out, _, _)| *out == ticket).map(|(_, host, _)| host)
    }

    /// Gives up what has not been heard of for too long.
    pub fn give_up_lost(&mut self, now: Duration) {
        self.out.take_if(|(_, _, loss)| *loss <= now);
    }

    /// Has an inbox wait until the way is free.
    pub fn wait(&mut self, owner: &Aor) {
        if self.who_waits.insert(owner.clone()) {
            self.waiting.push_back(owner.clone());
        }
    }

    /// Whether this inbox waits.
    pub fn holds(&self, owner: &Aor) -> bool {
        self.who_waits.contains(owner)
    }

    /// How many inboxes wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Who may go this way now, if it is free: that inbox waits no more.
    pub fn take_next(&mut self) -> Option<Aor> {
        if !self.is_free() {
            return None;
        }
        let owner = self.waiting.pop_front()?;
        self.who_waits.remove(&owner);
        Some(owner)
    }

    /// Has nobody wait any more. Returns who did.
    pub fn dismiss(&mut self) -> VecDeque<Aor> {
        self.who_waits.clear();
        std::mem::take(&mut self.waiting)
    }

    /// Whether somebody may go this way now.
    pub fn has_next(&self) -> bool {
        self.is_free() && !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hosts::Trust;
    use super::*;
    use crate::silo::fakes::bob;

    #[test]
    fn each_inbox_waits_once_until_the_way_is_free() {
        let (mut lane, carol) = (Lane::default(), Aor::new(b"carol", b"example.org").unwrap());
        lane.take(Ticket(1), Host { name: b"x".to_vec(), trust: Trust::Slow }, Duration::MAX);
        [bob(), carol.clone(), bob()].iter().for_each(|owner| lane.wait(owner));
        assert_eq!((lane.waiting(), lane.take_next(), lane.has_next()), (2, None, false));
        lane.give_back(Ticket(1)).unwrap();
        assert_eq!((lane.take_next(), lane.holds(&bob()), lane.holds(&carol)), (Some(bob()), false, true));
        lane.wait(&bob());
        assert_eq!((lane.dismiss(), lane.take_next(), lane.holds(&carol)), (vec![carol, bob()].into(), None, false));
    }
}
