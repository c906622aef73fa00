//! What a delivery process does when the server stops: it learns what can still be learned, and writes that down.
//!
//! The workers have ended by then, or will before they have read another datagram. What phones have answered
//! and no worker has read lies in the sockets, which are this process's, too; so it looks there for the messages it has
//! sent. Each has as long as T1 (RFC 3261 section 17.1.2), after which it would have been retransmitted. What is lost is
//! what a worker had just read, one datagram each, and what came over TCP.

use std::time::Duration;

use super::{answered, handle, Deliveries};
use crate::host::process::stop;
use crate::host::shared::queue::EventQueue;
use crate::host::sip::sockets::Sockets;
use crate::module::Module;
use crate::silo::delivery::answers::datagram::{self, Datagram};
use crate::silo::delivery::event::Event;
use crate::{lm_err, lm_info};

/// So often the process looks whether it has waited long enough.
const LOOK: Duration = Duration::from_millis(20);
/// The status of what was delivered. Which 2xx it was does not matter.
const OK: u16 = 200;

/// Deletes what is known to be delivered, and what turns out to be.
pub fn write_down(module: &Module, queue: &EventQueue, delivery: &mut Deliveries) {
    take_answers(module, queue, delivery);
    if delivery.in_flight() > 0 && stop::wait_for_workers() {
        let mut sockets = Sockets::with_bell(queue.bell());
        look(module, queue, delivery, &mut sockets, Duration::ZERO);
        while delivery.awaits_answers() {
            look(module, queue, delivery, &mut sockets, LOOK);
        }
    }
    stop::last_steps();
    let count = delivery.unwritten();
    match delivery.shut_down() {
        Ok(()) if count == 0 => {}
        Ok(()) => lm_info!("{count} delivered messages deleted at the end"),
        Err(error) => lm_err!("{error}: {} delivered messages will be delivered again", delivery.unwritten()),
    }
    if let Err(error) = delivery.give_back() {
        lm_err!("{error}: other servers deliver those when the claims are over");
    }
}

/// Takes over what workers have posted. Only answers count now: there is no time left to deliver anything.
fn take_answers(module: &Module, queue: &EventQueue, delivery: &mut Deliveries) {
    for event in queue.take_all_at_the_end() {
        if let Event::Result(..) = event {
            handle(module, delivery, event);
        }
    }
}

/// Looks into the sockets. What workers have posted is taken over first: it is older.
fn look(module: &Module, queue: &EventQueue, delivery: &mut Deliveries, sockets: &mut Sockets, longest: Duration) {
    stop::begin();
    let (mut delivered, mut unrelayed) = (Vec::new(), Vec::new());
    sockets.read(longest, |bytes| match datagram::read(bytes) {
        Some(Datagram::Delivered { tag }) => delivered.extend(module.returned.ticket_of(tag)),
        Some(Datagram::Unrelayed { tag }) => unrelayed.extend(module.returned.ticket_of(tag)),
        None => {}
    });
    take_answers(module, queue, delivery);
    for ticket in delivered {
        answered(ticket, OK);
    }
    take_answers(module, queue, delivery);
    unrelayed.into_iter().for_each(|ticket| delivery.unrelayed(ticket));
}
