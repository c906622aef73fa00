//! What lies unread in the sockets when the server stops.
#![no_main]

use std::hash::RandomState;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::silo::delivery::answers::datagram::{read, Datagram};
use msilo_fuzz::silo::intake::mark::Mark;
use msilo_fuzz::silo::message::aor::Aor;
use msilo_fuzz::silo::message::model::Origin;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    raw: &'a [u8],
    status: u16,
    ticket: u64,
    /// What stands before the tag in the From header, and after it.
    from: (&'a str, &'a str),
}

fuzz_target!(|input: Input| {
    let keys = RandomState::new();
    let _ = read(input.raw);
    let owner = Aor::new(b"bob", b"example.org").expect("an address of record");
    let origin = Origin { id: 7, owner, prefix: 0, stored_at: 1, expires_at: 2 };
    let mark = Mark::new(input.ticket, &origin, &keys);
    let tag = mark.tag(&keys);
    let one_line = |text: &str| !text.contains(['\r', '\n']);
    let (before, after) = input.from;
    if !one_line(before) || !one_line(after) {
        return;
    }
    let status = input.status % 600 + 100;
    let text = format!("SIP/2.0 {status} x\r\nFrom: {before} <sip:a@b>;tag={tag};{after}\r\nCSeq: 1 MESSAGE\r\n\r\n");
    match read(text.as_bytes()) {
        Some(Datagram::Delivered { .. }) => assert!((200..300).contains(&status)),
        other => assert_eq!(other, None),
    }
    if (200..300).contains(&status) && !after.contains('>') {
        let Some(Datagram::Delivered { tag }) = read(text.as_bytes()) else { panic!("{text}") };
        assert_eq!(Mark::read(tag, &keys), Some(mark));
    }
});
