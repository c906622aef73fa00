//! The lines of one inbox: for each registered contact what it still has to get.
//!
//! A new MESSAGE must not be sent to a URI while one is pending there (RFC 3428 section 8). So each contact waits for its
//! own answers, and for nobody else's: what the inbox hands out is held for the slower ones until it is their turn.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::binding::{Binding, Flow};
use crate::silo::message::compose::Kind;
use crate::silo::message::model::{RowId, StoredMessage};

/// So many messages are held for a contact at most. One that is further behind than that misses some.
const HELD: usize = 1_000;

/// A message that was handed out, until the last contact is through with it.
#[derive(Debug)]
pub struct Held {
    /// The message.
    pub message: StoredMessage,
    /// What it is sent as.
    pub kind: Kind,
    /// Headers that the dump adds to it.
    pub extra_headers: Rc<[u8]>,
    /// Some contact has taken it, so its row goes, and must go only once.
    pub delivered: Cell<bool>,
    /// It was sent to some contact in vain.
    pub failed: Cell<bool>,
}

impl Held {
    /// A message that nobody has got yet.
    pub fn new(message: StoredMessage, kind: Kind, extra_headers: Rc<[u8]>) -> Rc<Self> {
        Rc::new(Self { message, kind, extra_headers, delivered: Cell::new(false), failed: Cell::new(false) })
    }
}

/// Names one line for as long as the inbox lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineId(u64);

#[derive(Debug)]
struct Line {
    id: LineId,
    binding: Binding,
    flow: Flow,
    waiting: VecDeque<Rc<Held>>,
    in_flight: Vec<Rc<Held>>,
    /// It did not answer, or is registered no more: nothing is sent to it until a dump finds it again.
    gone: bool,
    /// Its next message can only be sent apart from those for others, which has to wait for its turn.
    apart: bool,
}

impl Line {
    fn is_ready(&self, window: usize, lane_is_free: bool) -> bool {
        let waits = self.gone || self.waiting.is_empty() || self.in_flight.len() >= window;
        !waits && (lane_is_free || !self.apart)
    }

    fn holds(&self, id: RowId) -> bool {
        self.in_flight.iter().chain(&self.waiting).any(|held| held.message.id == id)
    }

    fn leave(&mut self) -> Vec<Rc<Held>> {
        self.gone = true;
        self.waiting.drain(..).collect()
    }
}

/// All lines of an inbox.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    made: u64,
}

impl Lines {
    /// A dump has found these contacts: each of them takes part.
    pub fn join(&mut self, found: impl IntoIterator<Item = (Binding, Flow)>) {
        for (binding, flow) in found {
            match self.lines.iter_mut().find(|line| line.binding.is_same_contact(&binding)) {
                Some(line) => (line.binding, line.flow, line.gone) = (binding, flow, false),
                None => {
                    self.made += 1;
                    let id = LineId(self.made);
                    let (waiting, in_flight) = (VecDeque::new(), Vec::new());
                    self.lines.push(Line { id, binding, flow, waiting, in_flight, gone: false, apart: false });
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
        let id = held.message.id;
        for line in self.lines.iter_mut().filter(|line| !line.gone && line.binding.is_meant_by(&held.message.to)) {
            if line.holds(id) {
                taken = true;
            } else if line.waiting.len() < HELD {
                line.waiting.push_back(Rc::clone(held));
                taken = true;
            }
        }
        taken
    }

    /// A message that some line holds already, because it was handed out before.
    pub fn held(&self, id: RowId) -> Option<Rc<Held>> {
        let all = self.lines.iter().flat_map(|line| line.in_flight.iter().chain(&line.waiting));
        all.clone().find(|held| held.message.id == id).map(Rc::clone)
    }

    /// The next message that may be sent, and where to. It counts as in flight; the contact goes to the end of the line of
    /// contacts.
    pub fn next(&mut self, window: usize, lane_is_free: bool) -> Option<(LineId, Flow, Rc<Held>)> {
        let at = self.lines.iter().position(|line| line.is_ready(window, lane_is_free))?;
        let mut line = self.lines.remove(at);
        let next = line.waiting.pop_front().map(|held| {
            line.in_flight.push(Rc::clone(&held));
            (line.id, line.flow.clone(), held)
        });
        self.lines.push(line);
        next
    }

    /// The fate of a message is known: it is in flight to that contact no more.
    pub fn land(&mut self, line: LineId, id: RowId) -> Option<Rc<Held>> {
        let found = self.lines.iter_mut().find(|other| other.id == line)?;
        let at = found.in_flight.iter().position(|held| held.message.id == id)?;
        let held = found.in_flight.remove(at);
        self.forget_gone();
        Some(held)
    }

    /// The contact does not answer: nothing more is sent to it. Returns what waited for it.
    pub fn leave(&mut self, line: LineId) -> Vec<Rc<Held>> {
        let left = self.lines.iter_mut().filter(|other| other.id == line).flat_map(Line::leave).collect();
        self.forget_gone();
        left
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
    pub fn put_back(&mut self, line: LineId, id: RowId) {
        if let Some(line) = self.lines.iter_mut().find(|other| other.id == line) {
            if let Some(at) = line.in_flight.iter().position(|held| held.message.id == id) {
                line.waiting.push_front(line.in_flight.remove(at));
                line.apart = true;
            }
        }
    }

    /// Forgets what counts as in flight and is not.
    pub fn count_anew(&mut self, is_in_flight: impl Fn(LineId, RowId) -> bool) {
        for line in &mut self.lines {
            let id = line.id;
            line.in_flight.retain(|held| is_in_flight(id, held.message.id));
        }
        self.forget_gone();
    }

    /// All that is held, for whoever counts the state anew.
    pub fn all_held(&self) -> impl Iterator<Item = &Held> {
        self.lines.iter().flat_map(|line| line.in_flight.iter().chain(&line.waiting)).map(Rc::as_ref)
    }

    fn forget_gone(&mut self) {
        self.lines.retain(|line| !line.gone || !line.in_flight.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn send(lines: &mut Lines) -> Vec<(String, RowId, LineId)> {
        std::iter::from_fn(|| lines.next(1, true))
            .map(|(line, flow, held)| (String::from_utf8(flow.request_uri).unwrap(), held.message.id, line))
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
        lines.land(sent[1].2, 1).unwrap();
        let sent = send(&mut lines);
        assert_eq!(sent.iter().map(|(to, id, _)| (to.as_str(), *id)).collect::<Vec<_>>(), [("sip:b@x", 2)]);
        assert!(!lines.are_hungry(1) && !lines.are_idle());
    }

    #[test]
    fn a_contact_that_leaves_gives_back_what_waited_for_it_and_comes_back_with_a_dump() {
        let mut lines = lines(&["a"]);
        (1..=3).for_each(|id| assert!(lines.hand_out(&held(id))));
        let line = send(&mut lines)[0].2;
        assert_eq!(lines.leave(line).iter().map(|held| held.message.id).collect::<Vec<_>>(), [2, 3]);
        assert!(!lines.has_receivers() && !lines.are_idle());
        lines.join([contact("a")]);
        assert!(lines.has_receivers() && !lines.are_hungry(1));
        assert!(lines.hand_out(&held(1)) && lines.hand_out(&held(4)));
        lines.land(line, 1).unwrap();
        assert_eq!(send(&mut lines).iter().map(|sent| sent.1).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn who_is_registered_no_more_gets_nothing_more() {
        let mut lines = lines(&["a", "b"]);
        lines.hand_out(&held(1));
        let dropped = lines.keep(|binding| binding.uri == b"sip:b@x");
        assert_eq!(dropped.len(), 1);
        assert_eq!(send(&mut lines).len(), 1);
        assert!(lines.held(1).is_some() && lines.held(2).is_none());
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
