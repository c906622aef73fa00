//! What the delivery process finds in its queue.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::silo::delivery::event::Event;
use msilo_fuzz::silo::delivery::inbox::DumpRequest;
use msilo_fuzz::silo::delivery::server::Ticket;
use msilo_fuzz::silo::message::aor::Aor;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Dump { user: &'a [u8], host: &'a [u8], extra_headers: Vec<u8>, most: Option<u32> },
    Result(usize, u16),
}

fn arrives(event: &Event) {
    assert_eq!(Event::decode(&event.encode()).as_ref(), Some(event));
}

fuzz_target!(|input: Input| match input {
    Input::Bytes(bytes) => {
        if let Some(event) = Event::decode(bytes) {
            arrives(&event);
            assert_eq!(event.encode().len(), bytes.len(), "nothing is left over, nothing made up");
        }
    }
    Input::Dump { user, host, extra_headers, most } => {
        if let Ok(owner) = Aor::new(user, host) {
            assert!(owner.owns(user, host) && owner.shard(3) < 3);
            arrives(&Event::Dump(owner, DumpRequest { extra_headers, most: most.map(u64::from), ..DumpRequest::default() }));
        }
    }
    Input::Result(ticket, status) => arrives(&Event::Result(Ticket(ticket), status)),
});
