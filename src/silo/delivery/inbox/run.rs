//! One pass over an inbox.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use crate::silo::delivery::contacts::receivers::Receivers;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::Page;

/// Rows that one query reads at most, so that memory does not grow with the inbox.
pub const PAGE: usize = 100;

/// What `m_dump()` asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpRequest {
    /// Headers to add to each message: what `extra_hdrs` came to for the request that asked.
    pub extra_headers: Vec<u8>,
    /// How many messages at most; `None` for all.
    pub most: Option<u64>,
    /// Which of the user's contacts it is for.
    pub receivers: Receivers,
}

/// What has to be read before the run can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The messages with an id above this one.
    PageAfter(RowId),
    /// These messages.
    Rows(Vec<RowId>),
}

/// One pass over the ordinary messages of an inbox: in the order of their ids, but those that were sent without an answer
/// before come last, the fewer times the earlier. Of those only the ids are kept until it is their turn.
#[derive(Debug)]
pub struct Run {
    rows: VecDeque<StoredMessage>,
    /// Rows up to this id have been read.
    after: RowId,
    /// Rows above this id came in after the run began and are left to the next one: a message that the
    /// server stores again on its way out must not be picked up again at once, for ever.
    up_to: Option<RowId>,
    complete: bool,
    /// How often each message was sent without an answer, and its id; in order once the pages are complete.
    behind: VecDeque<(u32, RowId)>,
    left: Option<u64>,
    /// Shared with every message in flight of this run.
    pub extra_headers: Rc<[u8]>,
    /// Destinations that did not answer or could not be reached: the rest for them waits for the next dump.
    unreachable: HashSet<Vec<u8>>,
}

impl Run {
    /// A run that does what was asked for.
    pub fn new(request: DumpRequest) -> Self {
        Self {
            rows: VecDeque::new(),
            after: RowId::MIN,
            up_to: None,
            complete: false,
            behind: VecDeque::new(),
            left: request.most,
            extra_headers: request.extra_headers.into(),
            unreachable: HashSet::new(),
        }
    }

    /// What has to be read now; `None` when there is something left to send, or nothing to read.
    pub fn wanted(&self) -> Option<Wanted> {
        match (self.rows.is_empty() && self.left != Some(0), self.complete) {
            (true, false) => Some(Wanted::PageAfter(self.after)),
            (true, true) if !self.behind.is_empty() => {
                Some(Wanted::Rows(self.behind.iter().take(PAGE).map(|(_, id)| *id).collect()))
            }
            _ => None,
        }
    }

    /// Whether the next page needs to know where the inbox ends now.
    pub fn wants_end(&self, page: &Page) -> bool {
        self.up_to.is_none() && !page.complete
    }

    /// Takes a page in. `end` is the highest id of the inbox, known from the first page on that has another
    /// one behind it; `unanswered` says how often a message was sent in vain.
    pub fn add_page(&mut self, page: Page, end: Option<RowId>, unanswered: impl Fn(RowId) -> u32) {
        self.up_to = self.up_to.or(end);
        // A page that does not get any further, because its rows have no readable id, would come again for ever.
        let stuck = page.last <= self.after;
        self.complete = page.complete || stuck || self.up_to.is_some_and(|up_to| page.last >= up_to);
        self.after = page.last;
        let up_to = self.up_to.unwrap_or(RowId::MAX);
        for message in page.messages.into_iter().filter(|message| message.id <= up_to) {
            match unanswered(message.id) {
                0 => self.rows.push_back(message),
                times => self.behind.push_back((times, message.id)),
            }
        }
        if self.complete {
            self.behind.make_contiguous().sort_unstable();
        }
    }

    /// Takes the rows in that were [`Wanted::Rows`]: as many of them as there still are.
    pub fn add_rows(&mut self, wanted: &[RowId], mut messages: Vec<StoredMessage>) {
        self.behind.drain(..wanted.len().min(self.behind.len()));
        messages.sort_by_key(|message| wanted.iter().position(|id| *id == message.id));
        self.rows.extend(messages);
    }

    /// The next message to send.
    pub fn next(&mut self) -> Option<StoredMessage> {
        if self.left == Some(0) {
            return None;
        }
        loop {
            let message = self.rows.pop_front()?;
            if !self.unreachable.contains(&destination(&message.to)) {
                return Some(message);
            }
        }
    }

    /// Gives back what [`Run::next`] gave.
    pub fn put_back(&mut self, message: StoredMessage) {
        self.rows.push_front(message);
    }

    /// Notes that a message was sent.
    pub fn sent(&mut self) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
    }

    /// How many messages were read and are not sent.
    pub fn waiting(&self) -> usize {
        self.rows.len() + self.behind.len()
    }

    /// Forgets a message.
    pub fn forget(&mut self, id: RowId) {
        self.rows.retain(|message| message.id != id);
        self.behind.retain(|(_, behind)| *behind != id);
    }

    /// Passes over what else is for this URI.
    pub fn unreachable(&mut self, uri: &[u8]) {
        self.unreachable.insert(destination(uri));
    }

    /// Passes over these messages, which are not to be sent from here.
    pub fn give_back(&mut self, ids: &HashSet<RowId>) {
        self.rows.retain(|message| !ids.contains(&message.id));
        self.behind.retain(|(_, id)| !ids.contains(id));
    }

    /// Sends nothing more.
    pub fn give_up(&mut self) {
        self.rows.clear();
        self.behind.clear();
        self.complete = true;
    }

    /// Whether there is nothing left to send.
    pub fn is_over(&self) -> bool {
        self.left == Some(0) || (self.rows.is_empty() && self.complete && self.behind.is_empty())
    }
}

/// What of a URI decides where a request goes: the URI without parameters and headers.
pub fn destination(uri: &[u8]) -> Vec<u8> {
    let end = uri.iter().position(|&b| matches!(b, b';' | b'?')).unwrap_or(uri.len());
    uri.get(..end).unwrap_or(uri).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: std::ops::RangeInclusive<RowId>, complete: bool) -> Page {
        let last = *ids.end();
        let messages = ids.map(|id| StoredMessage { id, ..StoredMessage::default() }).collect();
        Page { messages, last, complete, ..Page::default() }
    }

    fn rest(run: &mut Run) -> Vec<RowId> {
        std::iter::from_fn(|| run.next()).map(|message| message.id).collect()
    }

    /// Gives the run what it wants; the store holds 5 no more.
    fn read(run: &mut Run) -> Wanted {
        let wanted = run.wanted().unwrap();
        if let Wanted::Rows(ids) = &wanted {
            let there = (1..=9).filter(|id| ids.contains(id) && *id != 5);
            run.add_rows(ids, there.map(|id| StoredMessage { id, ..StoredMessage::default() }).collect());
        }
        wanted
    }

    #[test]
    fn what_was_not_answered_before_comes_last_the_fewer_times_the_earlier() {
        let mut run = Run::new(DumpRequest::default());
        let times = |id| if id % 2 == 0 { 0 } else { u32::from(id == 1) + 1 };
        run.add_page(page(1..=4, false), Some(9), times);
        assert_eq!(rest(&mut run), [2, 4]);
        assert_eq!(run.wanted(), Some(Wanted::PageAfter(4)));
        run.add_page(page(5..=9, true), None, times);
        assert_eq!(rest(&mut run), [6, 8]);
        assert!(!run.is_over());
        assert_eq!(read(&mut run), Wanted::Rows(vec![3, 5, 7, 9, 1]));
        assert_eq!(rest(&mut run), [3, 7, 9, 1]);
        assert!(run.is_over() && run.wanted().is_none());
    }

    #[test]
    fn a_page_of_nothing_else_is_followed_by_the_next() {
        let mut run = Run::new(DumpRequest::default());
        run.add_page(page(1..=2, false), Some(3), |_| 1);
        assert_eq!(run.wanted(), Some(Wanted::PageAfter(2)));
        run.add_page(page(3..=3, true), None, |_| 0);
        assert_eq!(rest(&mut run), [3]);
        assert_eq!(read(&mut run), Wanted::Rows(vec![1, 2]));
        run.give_up();
        assert!(run.is_over() && run.wanted().is_none());
    }
}
