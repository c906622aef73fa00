//! One inbox while something is being delivered from it.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use crate::silo::message::compose::Kind;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::Page;

/// What `m_dump()` asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpRequest {
    /// Headers to add to each message: what `extra_hdrs` came to for the request that asked.
    pub extra_headers: Vec<u8>,
    /// How many messages at most; `None` for all.
    pub most: Option<u64>,
}

/// One pass over the ordinary messages of an inbox, in the order of their ids.
#[derive(Debug)]
pub struct Run {
    rows: VecDeque<StoredMessage>,
    /// Rows up to this id have been read.
    after: RowId,
    /// Rows above this id came in after the run began and are left to the next one: a message that the
    /// server stores again on its way out must not be picked up again at once, for ever.
    up_to: Option<RowId>,
    complete: bool,
    left: Option<u64>,
    /// Shared with every message in flight of this run.
    pub extra_headers: Rc<[u8]>,
    /// Destinations that did not answer or could not be reached: the rest for them waits for the next dump.
    unreachable: HashSet<Vec<u8>>,
}

impl Run {
    fn new(request: DumpRequest) -> Self {
        Self {
            rows: VecDeque::new(),
            after: RowId::MIN,
            up_to: None,
            complete: false,
            left: request.most,
            extra_headers: request.extra_headers.into(),
            unreachable: HashSet::new(),
        }
    }

    fn wants_page_after(&self) -> Option<RowId> {
        (self.rows.is_empty() && !self.complete && self.left != Some(0)).then_some(self.after)
    }

    /// Whether the next page needs to know where the inbox ends now.
    pub fn wants_end(&self, page: &Page) -> bool {
        self.up_to.is_none() && !page.complete
    }

    /// Takes a page in. `end` is the highest id of the inbox, known from the first page on that has another
    /// one behind it.
    pub fn add_page(&mut self, page: Page, end: Option<RowId>) {
        self.up_to = self.up_to.or(end);
        // A page that does not get any further, because its rows have no readable id, would come again for ever.
        let stuck = page.last <= self.after;
        self.complete = page.complete || stuck || self.up_to.is_some_and(|up_to| page.last >= up_to);
        self.after = page.last;
        let up_to = self.up_to.unwrap_or(RowId::MAX);
        self.rows.extend(page.messages.into_iter().filter(|message| message.id <= up_to));
    }

    fn next(&mut self) -> Option<StoredMessage> {
        loop {
            let message = self.rows.pop_front()?;
            if !self.unreachable.contains(&destination(&message.to)) {
                return Some(message);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.left == Some(0) || (self.rows.is_empty() && self.complete)
    }
}

/// What of a URI decides where a request goes: the URI without parameters and headers.
fn destination(uri: &[u8]) -> Vec<u8> {
    let end = uri.iter().position(|&b| matches!(b, b';' | b'?')).unwrap_or(uri.len());
    uri.get(..end).unwrap_or(uri).to_ascii_lowercase()
}

/// An inbox that has something to deliver, or something in flight.
#[derive(Debug, Default)]
pub struct Inbox {
    reminders: VecDeque<StoredMessage>,
    run: Option<Run>,
    again: Option<DumpRequest>,
    in_flight: usize,
    /// Whether the inbox stands in the list of those that may send.
    pub listed: bool,
}

impl Inbox {
    /// Starts a run, or has the one under way look again at its end. Returns whether one has begun.
    pub fn dump(&mut self, request: DumpRequest) -> bool {
        match self.run {
            None => self.run = Some(Run::new(request)),
            Some(_) => self.again = Some(request),
        }
        self.again.is_none()
    }

    /// Puts a due reminder into the line, before ordinary messages.
    pub fn remind(&mut self, message: StoredMessage) {
        self.reminders.push_back(message);
    }

    /// The run under way, if a page has to be read for it before anything can be sent, and the id that the
    /// page begins after.
    pub fn run_that_wants_a_page(&mut self) -> Option<(&mut Run, RowId)> {
        let run = self.run.as_mut().filter(|_| self.reminders.is_empty())?;
        let after = run.wants_page_after()?;
        Some((run, after))
    }

    /// The next message, and what it is sent as.
    pub fn take_next(&mut self) -> Option<(StoredMessage, Kind)> {
        if let Some(reminder) = self.reminders.pop_front() {
            return Some((reminder, Kind::Reminder));
        }
        let run = self.run.as_mut().filter(|run| run.left != Some(0))?;
        run.next().map(|message| (message, Kind::Offline))
    }

    /// Headers that the current run adds to its messages.
    pub fn extra_headers(&self) -> Rc<[u8]> {
        self.run.as_ref().map_or_else(|| Rc::from([]), |run| Rc::clone(&run.extra_headers))
    }

    /// Notes that a message was handed to the network.
    pub fn sent(&mut self, kind: Kind) {
        self.in_flight += 1;
        if let (Kind::Offline, Some(left)) = (kind, self.run.as_mut().and_then(|run| run.left.as_mut())) {
            *left = left.saturating_sub(1);
        }
    }

    /// Notes that the fate of a message in flight is known.
    pub fn settled(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Notes that nobody answers at this URI: what else is for it waits for the next dump.
    pub fn unreachable(&mut self, uri: &[u8]) {
        if let Some(run) = &mut self.run {
            run.unreachable.insert(destination(uri));
        }
    }

    /// How many messages are in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Ends the run under way without sending what is left of it.
    pub fn give_up_run(&mut self) {
        if let Some(run) = &mut self.run {
            run.rows.clear();
            run.complete = true;
        }
    }

    /// Ends a run that has nothing more to send or to wait for, and starts the one that was asked for
    /// meanwhile. Returns whether there is anything left to do for this inbox at all.
    pub fn turn_over(&mut self) -> bool {
        if self.in_flight == 0 && self.run.as_ref().is_some_and(Run::is_over) {
            self.run = self.again.take().map(Run::new);
        }
        self.in_flight > 0 || self.run.is_some() || !self.reminders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: RowId, to: &str) -> StoredMessage {
        StoredMessage { id, to: to.as_bytes().to_vec(), ..StoredMessage::default() }
    }

    fn page(ids: impl IntoIterator<Item = RowId>, complete: bool) -> Page {
        let messages: Vec<_> = ids.into_iter().map(|id| row(id, "sip:bob@x")).collect();
        Page { last: messages.last().map_or(0, |message| message.id), messages, complete }
    }

    fn ids(inbox: &mut Inbox) -> Vec<RowId> {
        std::iter::from_fn(|| inbox.take_next()).map(|(message, _)| message.id).collect()
    }

    #[test]
    fn a_run_goes_through_its_pages_and_is_over() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([1, 2], false), Some(3));
        assert_eq!(ids(&mut inbox), [1, 2]);
        let (run, after) = inbox.run_that_wants_a_page().unwrap();
        assert_eq!(after, 2);
        run.add_page(page([3], true), None);
        assert_eq!(ids(&mut inbox), [3]);
        assert!(!inbox.turn_over());
    }

    #[test]
    fn rows_that_came_in_during_the_run_are_left_to_the_next_one() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([1, 2], false), Some(3));
        assert_eq!(ids(&mut inbox), [1, 2]);
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([3, 4], false), None);
        assert_eq!(ids(&mut inbox), [3]);
        assert!(inbox.run_that_wants_a_page().is_none() && !inbox.turn_over());
    }

    #[test]
    fn a_dump_during_a_run_makes_another_run() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([], true), None);
        inbox.dump(DumpRequest { most: Some(7), ..DumpRequest::default() });
        assert!(inbox.turn_over());
        assert_eq!(inbox.run_that_wants_a_page().unwrap().0.left, Some(7));
    }

    #[test]
    fn a_run_waits_for_what_is_in_flight() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([1], true), None);
        inbox.take_next().unwrap();
        inbox.sent(Kind::Offline);
        assert!(inbox.turn_over() && inbox.take_next().is_none());
        inbox.settled();
        assert!(!inbox.turn_over());
    }

    #[test]
    fn no_more_than_asked_for_is_sent() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest { most: Some(1), ..DumpRequest::default() });
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([1, 2], true), None);
        inbox.take_next().unwrap();
        inbox.sent(Kind::Offline);
        assert!(inbox.take_next().is_none());
        inbox.settled();
        assert!(!inbox.turn_over());
    }

    #[test]
    fn a_destination_that_does_not_answer_holds_up_only_its_own_messages() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        let messages = vec![row(1, "sip:bob@x"), row(2, "sip:bob@X;transport=tcp"), row(3, "sip:bob@y")];
        let page = Page { messages, last: 3, complete: true };
        inbox.run_that_wants_a_page().unwrap().0.add_page(page, None);
        inbox.take_next().unwrap();
        inbox.unreachable(b"sip:bob@x");
        assert_eq!(ids(&mut inbox), [3]);
    }

    #[test]
    fn reminders_come_first() {
        let mut inbox = Inbox::default();
        inbox.dump(DumpRequest::default());
        inbox.run_that_wants_a_page().unwrap().0.add_page(page([1], true), None);
        inbox.remind(row(9, "sip:bob@x"));
        let order: Vec<_> =
            std::iter::from_fn(|| inbox.take_next()).map(|(message, kind)| (message.id, kind)).collect();
        assert_eq!(order, [(9, Kind::Reminder), (1, Kind::Offline)]);
    }
}
