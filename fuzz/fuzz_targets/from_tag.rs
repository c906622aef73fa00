//! From tags of requests that a script stores: ours are read, and what is read is ours.
#![no_main]

use std::hash::RandomState;
use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::silo::message::aor::Aor;
use msilo_fuzz::silo::intake::mark::Mark;
use msilo_fuzz::silo::message::model::Origin;

/// As in a server: the same for all its tags, and unknown to those who send.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    ticket: u64,
    id: i64,
    user: &'a [u8],
    host: &'a [u8],
    prefix: usize,
    times: (i64, i64),
    foreign: &'a [u8],
    change: Option<(usize, u8)>,
}

fuzz_target!(|input: Input| {
    // The fuzzer sees the codes that its tags are compared with, as no sender does, and so makes some that are right.
    for tag in [input.foreign, &[b"msilo-", input.foreign].concat()] {
        assert!(Mark::read(tag, &KEYS).is_none_or(|mark| mark.tag(&KEYS).as_bytes() == tag));
    }
    let Ok(owner) = Aor::new(input.user, input.host) else { return };
    let (stored_at, expires_at) = input.times;
    let origin = Origin { id: input.id, owner: owner.clone(), prefix: input.prefix, stored_at, expires_at };
    let mark = Mark::new(input.ticket, &origin, &KEYS);
    let mut tag = mark.tag(&KEYS).into_bytes();
    assert!(tag.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    assert_eq!(Mark::read(&tag, &KEYS), Some(mark));
    assert!(mark.is_of(&owner, &KEYS));
    if let Some((at, other)) = input.change {
        let at = at % tag.len();
        if std::mem::replace(&mut tag[at], other) != other {
            assert_eq!(Mark::read(&tag, &KEYS), None);
        }
    }
});
