//! The server that a [`Fake`] is: it sends nothing, and keeps what it was to send.

use std::time::Duration;

use super::Fake;
use crate::silo::delivery::contacts::binding::Binding;
use crate::silo::delivery::news::happening::Happening;
use crate::silo::delivery::pacing::hosts::Host;
use crate::silo::delivery::server::{Counter, SendError, Server, Ticket};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::Outgoing;

impl Server for Fake {
    fn send(&mut self, message: &Outgoing, ticket: Ticket) -> Result<(), SendError> {
        self.panic_at("send");
        if self.0.unsendable.borrow().contains(&message.request_uri) {
            return Err(SendError::new("no such host"));
        }
        if self.0.unsendable_bodies.borrow().iter().any(|end| message.body.ends_with(end)) {
            return Err(SendError::new("not this one"));
        }
        if self.0.drops.borrow().is_some_and(|end| message.body.ends_with(end)) {
            return Err(SendError { reason: "dropped".to_owned(), dropped: true });
        }
        self.wait(self.0.takes.get());
        self.0.sent.borrow_mut().push((ticket, message.clone()));
        Ok(())
    }

    fn contacts(&mut self, _owner: &Aor) -> Vec<Binding> {
        self.0.contacts.borrow().clone()
    }

    fn is_self(&self, _uri: &[u8]) -> bool {
        false
    }

    fn slow_host(&self, request_uri: &[u8]) -> Option<Host> {
        let hosts = self.0.slow_hosts.borrow();
        hosts.iter().find(|host| request_uri.ends_with(&host.name)).cloned()
    }

    fn send_apart(&mut self, message: &Outgoing, ticket: Ticket, begin_by: Duration) -> Result<(), SendError> {
        self.0.apart.borrow_mut().push((ticket, message.clone(), begin_by));
        Ok(())
    }

    fn must_stay(&mut self, ticket: Ticket, _delivered: bool) -> bool {
        self.0.handed_back.borrow().contains(&ticket)
    }

    fn memory_is_low(&self) -> bool {
        self.0.memory_is_low.get()
    }

    fn is_stopping(&self) -> bool {
        self.0.is_stopping.get()
    }

    fn is_paused(&self) -> bool {
        self.0.is_paused.get()
    }

    fn longest_transaction(&self) -> Duration {
        Duration::from_secs(32)
    }

    fn tell(&mut self, happening: Happening) {
        self.0.told.borrow_mut().push(happening);
    }

    fn send_receipt(&mut self, receipt: Outgoing) {
        self.0.receipts.borrow_mut().push(receipt);
    }

    fn count(&mut self, counter: Counter) {
        self.0.counters.borrow_mut().push(counter);
    }
}
