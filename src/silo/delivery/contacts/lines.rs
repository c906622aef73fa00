//! The lines of one inbox: for each registered contact what it still has to get.
//!
//! A new MESSAGE must not be sent to a URI while one is pending there (RFC 3428 section 8). So each contact waits for its
//! own answers, and for nobody else's: what the inbox hands out is held for the slower ones until it is their turn.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use super::binding::{Binding, Flow};
use super::line::{Held, Line, Seat};
use crate::silo::message::model::{RowId, StoredMessage};

/// So many messages are held for a contact at most. One that is further behind than that misses some.
const HELD: usize = 1_000;

/// All lines of an inbox.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    made: u64,
    turns: u64,
}

impl Lines {
    /// A dump has found these contacts: each of them takes part.
    pub fn join(&mut self, found: impl IntoIterator<Item = (Binding, Flow)>) {
        let joined = self.turns;
        for (binding, flow) in found {
            match self.lines.iter_mut().find(|line| line.binding.is_same_contact(&binding)) {
                Some(line) => (line.binding, line.flow, line.gone, line.joined) = (binding, flow, false, joined),
                None => {
                    self.made += 1;
                    let id = self.made;
                    let (waiting, in_flight) = (VecDeque::new(), Vec::new());
                    self.lines.push(Line { id, binding, flow, waiting, in_flight, gone: false, apart: false, joined });
                }
            }
        }
    }

    /// Sends nothing more to contacts of which `is_there` knows nothing. Returns what waited for them.
    pub fn keep(&mut self, is_there: impl Fn(&Binding) -> bool) -> Vec<Rc<Held>> {
        let vanished = self.lines.iter_mut().filter(|line| !line.gone && !is_there(&line.binding));
        let dropped = vanished.flat_map(Line::leave).collect();
        self.forget_gone();
        dropped
    }

    /// Whether any contact takes part.
    pub fn has_receivers(&self) -> bool {
        self.lines.iter().any(|line| !line.gone)
    }

    /// Whether some contact could be sent more than is held for it.
    pub fn are_hungry(&self, window: usize) -> bool {
        self.lines.iter().any(|line| !line.gone && line.waiting.is_empty() && line.in_flight.len() < window)
    }

    /// Puts a message into the line of each contact that it is meant for and that has not got it in its line already.
    /// Returns whether there is one.
    pub fn hand_out(&mut self, held: &Rc<Held>) -> bool {
        let mut taken = false;
        for line in self.lines.iter_mut().filter(|line| !line.gone && line.binding.is_meant_by(&held.message.to)) {
            if line.all().any(|other| Rc::ptr_eq(other, held)) {
                taken = true;
            } else if line.waiting.len() < HELD {
                line.waiting.push_back(Rc::clone(held));
                taken = true;
            }
        }
        taken
    }

    /// The same message, if some line holds it already because it was handed out before.
    pub fn held(&self, message: &StoredMessage) -> Option<Rc<Held>> {
        let is_it =
            |held: &&Rc<Held>| held.message.id == message.id && !held.delivered.get() && held.message == *message;
        self.lines.iter().flat_map(Line::all).find(is_it).map(Rc::clone)
    }

    /// The next message that may be sent, and where to. It counts as in flight; the contact goes to the end of the line of
    /// contacts.
    pub fn next(&mut self, window: usize, lane_is_free: bool) -> Option<(Seat, Flow, Rc<Held>)> {
        let at = self.lines.iter().position(|line| line.is_ready(window, lane_is_free))?;
        let mut line = self.lines.remove(at);
        line.apart = false;
        self.turns += 1;
        let seat = Seat { line: line.id, turn: self.turns };
        let next = line.waiting.pop_front().map(|held| {
            line.in_flight.push((seat, Rc::clone(&held)));
            (seat, line.flow.clone(), held)
        });
        self.lines.push(line);
        next
    }

    /// The fate of a message is known: it is in flight to that contact no more.
    pub fn land(&mut self, seat: Seat) -> Option<Rc<Held>> {
        let line = self.lines.iter_mut().find(|line| line.id == seat.line)?;
        let at = line.in_flight.iter().position(|(other, _)| *other == seat)?;
        let (_, held) = line.in_flight.remove(at);
        self.forget_gone();
        Some(held)
    }

    /// The contact in whose line that message was does not answer: nothing more is sent to it, unless a dump has found it
    /// since the message was sent. Returns what waited for it.
    pub fn leave(&mut self, seat: Seat) -> Vec<Rc<Held>> {
        let is_silent = |line: &&mut Line| line.id == seat.line && line.joined < seat.turn;
        let left = self.lines.iter_mut().filter(is_silent).flat_map(Line::leave).collect();
        self.forget_gone();
        left
    }

    /// How many messages wait, each once for each contact.
    pub fn waiting(&self) -> usize {
        self.lines.iter().map(|line| line.waiting.len()).sum()
    }

    /// Whether any message is in flight.
    pub fn are_in_flight(&self) -> bool {
        self.lines.iter().any(|line| !line.in_flight.is_empty())
    }

    /// Forgets a message that waits. One that another contact has taken has no row any more, and this id may be another's.
    pub fn forget(&mut self, id: RowId) {
        for line in &mut self.lines {
            line.waiting.retain(|held| held.message.id != id || held.delivered.get());
        }
    }

    /// Gives back what waits and is not to be sent from here, because these rows are another server's.
    pub fn give_back(&mut self, ids: &HashSet<RowId>) -> Vec<Rc<Held>> {
        let mut forgotten = Vec::new();
        for line in &mut self.lines {
            let (lost, stays) = line.waiting.drain(..).partition(|held| ids.contains(&held.message.id));
            line.waiting = stays;
            forgotten.extend::<VecDeque<_>>(lost);
        }
        forgotten
    }

    /// Whether nothing waits and nothing is in flight.
    pub fn are_idle(&self) -> bool {
        self.lines.iter().all(|line| line.waiting.is_empty() && line.in_flight.is_empty())
    }

    /// Whether something could be sent now.
    pub fn are_ready(&self, window: usize, lane_is_free: bool) -> bool {
        self.lines.iter().any(|line| line.is_ready(window, lane_is_free))
    }

    /// The message was not sent after all: it is the next one to be, apart from those for others.
    pub fn put_back(&mut self, seat: Seat) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == seat.line) {
            if let Some(at) = line.in_flight.iter().position(|(other, _)| *other == seat) {
                line.waiting.push_front(line.in_flight.remove(at).1);
                line.apart = true;
            }
        }
    }

    /// Forgets what counts as in flight and is not.
    pub fn count_anew(&mut self, is_in_flight: impl Fn(Seat) -> bool) {
        self.lines.iter_mut().for_each(|line| line.in_flight.retain(|(seat, _)| is_in_flight(*seat)));
        self.forget_gone();
    }

    /// All that is held, for whoever counts the state anew.
    pub fn all_held(&self) -> impl Iterator<Item = &Held> {
        self.lines.iter().flat_map(Line::all).map(Rc::as_ref)
    }

    fn forget_gone(&mut self) {
        self.lines.retain(|line| !line.gone || !line.in_flight.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::message::compose::Kind;

    fn contact(user: &str) -> (Binding, Flow) {
        let uri = format!("sip:{user}@x").into_bytes();
        (Binding { uri: uri.clone(), ..Binding::default() }, Flow { request_uri: uri, ..Flow::default() })
    }

    fn held(id: RowId) -> Rc<Held> {
        Held::new(StoredMessage { id, ..StoredMessage::default() }, Kind::Offline, Rc::from([]))
    }

    fn lines(users: &[&str]) -> Lines {
        let mut lines = Lines::default();
        lines.join(users.iter().map(|user| contact(user)));
        lines
    }

    /// What can be sent: user and id.
    fn send(lines: &mut Lines) -> Vec<(String, RowId, Seat)> {
        std::iter::from_fn(|| lines.next(1, true))
            .map(|(seat, flow, held)| (String::from_utf8(flow.request_uri).unwrap(), held.message.id, seat))
            .collect()
    }

    #[test]
    fn each_contact_has_one_message_pending() {
        let mut lines = lines(&["a", "b"]);
        (1..=2).for_each(|id| assert!(lines.hand_out(&held(id))));
        let sent = send(&mut lines);
        assert_eq!(
            sent.iter().map(|(to, id, _)| (to.as_str(), *id)).collect::<Vec<_>>(),
            [("sip:a@x", 1), ("sip:b@x", 1)]
        );
        lines.land(sent[1].2).unwrap();
        let sent = send(&mut lines);
        assert_eq!(sent.iter().map(|(to, id, _)| (to.as_str(), *id)).collect::<Vec<_>>(), [("sip:b@x", 2)]);
        assert!(!lines.are_hungry(1) && !lines.are_idle());
    }

    #[test]
    fn a_contact_that_leaves_gives_back_what_waited_for_it_and_comes_back_with_a_dump() {
        let mut lines = lines(&["a"]);
        let first = held(1);
        assert!(lines.hand_out(&first));
        (2..=3).for_each(|id| assert!(lines.hand_out(&held(id))));
        let seat = send(&mut lines)[0].2;
        assert_eq!(lines.leave(seat).iter().map(|held| held.message.id).collect::<Vec<_>>(), [2, 3]);
        assert!(!lines.has_receivers() && !lines.are_idle());
        lines.join([contact("a")]);
        assert!(lines.has_receivers() && !lines.are_hungry(1));
        assert!(lines.hand_out(&first) && lines.hand_out(&held(4)));
        lines.land(seat).unwrap();
        assert_eq!(send(&mut lines).iter().map(|sent| sent.1).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_contact_that_a_dump_has_found_since_its_message_was_sent_stays_when_that_is_not_answered() {
        let mut lines = lines(&["a"]);
        (1..=3).for_each(|id| assert!(lines.hand_out(&held(id))));
        let seat = send(&mut lines)[0].2;
        lines.join([contact("a")]);
        lines.land(seat).unwrap();
        assert!(lines.leave(seat).is_empty());
        let sent = send(&mut lines);
        assert_eq!(sent[0].1, 2);
        lines.land(sent[0].2).unwrap();
        assert_eq!(lines.leave(sent[0].2).len(), 1);
        assert!(!lines.has_receivers());
    }

    #[test]
    fn who_is_registered_no_more_gets_nothing_more() {
        let mut lines = lines(&["a", "b"]);
        lines.hand_out(&held(1));
        let dropped = lines.keep(|binding| binding.uri == b"sip:b@x");
        assert_eq!(dropped.len(), 1);
        assert_eq!(send(&mut lines).len(), 1);
        let is_held = |id: RowId| lines.held(&held(id).message).is_some();
        assert!(is_held(1) && !is_held(2));
    }

    #[test]
    fn a_row_with_the_number_of_one_that_is_gone_is_another_message() {
        let mut lines = lines(&["slow"]);
        let old = held(7);
        lines.hand_out(&old);
        let (seat, ..) = lines.next(2, true).unwrap();
        let mut other = old.message.clone();
        other.body = b"other".to_vec();
        assert!(lines.held(&other).is_none() && lines.held(&old.message).is_some());
        old.delivered.set(true);
        assert!(lines.held(&old.message).is_none(), "its row is gone: this is the next one that says the same");
        let new = held(7);
        assert!(lines.hand_out(&new));
        let (next, ..) = lines.next(2, true).unwrap();
        assert!(Rc::ptr_eq(&lines.land(next).unwrap(), &new));
        assert!(Rc::ptr_eq(&lines.land(seat).unwrap(), &old));
    }

    #[test]
    fn a_message_for_one_instance_goes_to_that_one() {
        let mut lines = Lines::default();
        let (binding, flow) = contact("a");
        lines.join([(Binding { instance: b"<urn:uuid:1>".to_vec(), ..binding }, flow), contact("b")]);
        let message = StoredMessage { id: 1, to: b"sip:x@y;gr=urn:uuid:1".to_vec(), ..StoredMessage::default() };
        assert!(lines.hand_out(&Held::new(message, Kind::Offline, Rc::from([]))));
        assert_eq!(send(&mut lines).len(), 1);
        let message = StoredMessage { id: 2, to: b"sip:x@y;gr=urn:uuid:2".to_vec(), ..StoredMessage::default() };
        assert!(!lines.hand_out(&Held::new(message, Kind::Offline, Rc::from([]))));
    }

    #[test]
    fn what_is_held_for_a_slow_contact_is_bounded() {
        let mut lines = lines(&["a"]);
        let most = RowId::try_from(HELD).unwrap();
        assert!((1..=most).all(|id| lines.hand_out(&held(id))));
        assert!(!lines.hand_out(&held(most + 1)));
    }
}
