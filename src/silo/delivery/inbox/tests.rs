use super::*;
use crate::silo::table::store::Page;

fn row(id: RowId, to: &str) -> StoredMessage {
    StoredMessage { id, to: to.as_bytes().to_vec(), ..StoredMessage::default() }
}

fn page(ids: impl IntoIterator<Item = RowId>, complete: bool) -> Page {
    let messages: Vec<_> = ids.into_iter().map(|id| row(id, "sip:bob@x")).collect();
    Page { last: messages.last().map_or(0, |message| message.id), messages, complete, ..Page::default() }
}

fn read(inbox: &mut Inbox, page: Page, end: Option<RowId>) {
    inbox.run_that_wants_rows().unwrap().0.add_page(page, end, |_| 0);
}

fn ids(inbox: &mut Inbox) -> Vec<RowId> {
    std::iter::from_fn(|| inbox.take_next()).map(|(message, _)| message.id).collect()
}

#[test]
fn a_run_goes_through_its_pages_and_is_over() {
    let mut inbox = Inbox::default();
    inbox.dump(DumpRequest::default());
    read(&mut inbox, page([1, 2], false), Some(3));
    assert_eq!(ids(&mut inbox), [1, 2]);
    let (run, wanted) = inbox.run_that_wants_rows().unwrap();
    assert_eq!(wanted, Wanted::PageAfter(2));
    run.add_page(page([3], true), None, |_| 0);
    assert_eq!(ids(&mut inbox), [3]);
    assert!(!inbox.turn_over());
}

#[test]
fn rows_that_came_in_during_the_run_are_left_to_the_next_one() {
    let mut inbox = Inbox::default();
    inbox.dump(DumpRequest::default());
    read(&mut inbox, page([1, 2], false), Some(3));
    assert_eq!(ids(&mut inbox), [1, 2]);
    read(&mut inbox, page([3, 4], false), None);
    assert_eq!(ids(&mut inbox), [3]);
    assert!(inbox.run_that_wants_rows().is_none() && !inbox.turn_over());
}

#[test]
fn a_dump_during_a_run_makes_another_run() {
    let mut inbox = Inbox::default();
    inbox.dump(DumpRequest::default());
    read(&mut inbox, page([], true), None);
    inbox.dump(DumpRequest { most: Some(7), ..DumpRequest::default() });
    assert!(inbox.turn_over());
    read(&mut inbox, page(1..=9, true), None);
    (0..7).for_each(|_| inbox.sent(Kind::Offline));
    assert!(inbox.take_next().is_none());
}

#[test]
fn a_run_waits_for_what_is_in_flight() {
    let mut inbox = Inbox::default();
    inbox.dump(DumpRequest::default());
    read(&mut inbox, page([1], true), None);
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
    read(&mut inbox, page([1, 2], true), None);
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
    let page = Page { messages, last: 3, complete: true, ..Page::default() };
    read(&mut inbox, page, None);
    inbox.take_next().unwrap();
    inbox.unreachable(b"sip:bob@x");
    assert_eq!(ids(&mut inbox), [3]);
}

#[test]
fn reminders_come_first() {
    let mut inbox = Inbox::default();
    inbox.dump(DumpRequest::default());
    read(&mut inbox, page([1], true), None);
    inbox.remind(row(9, "sip:bob@x"));
    let order: Vec<_> = std::iter::from_fn(|| inbox.take_next()).map(|(message, kind)| (message.id, kind)).collect();
    assert_eq!(order, [(9, Kind::Reminder), (1, Kind::Offline)]);
}
