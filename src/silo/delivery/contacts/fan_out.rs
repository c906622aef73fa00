//! Delivery straight to the registered contacts: what an inbox hands out goes to each of them in its own line.
//!
//! The row is deleted after the first 2xx. The other contacts still get what is held for them by then; what one does not
//! get before it leaves counts as delivered all the same. One that joins gets what nobody has taken when it is its turn.

use std::rc::Rc;
use std::time::Duration;

use super::binding::{Binding, Flow, PassedOver};
use super::line::{Held, Seat};
use crate::lm_dbg;
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::flight::Flight;
use crate::silo::delivery::pacing::backoff::Key;
use crate::silo::delivery::pacing::lane::Way;
use crate::silo::delivery::server::{Counter, Server};
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;
use crate::silo::message::lines::push_line;
use crate::silo::message::model::{NextHop, Outgoing, RowId};
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::UnixTime;

/// During a run the registered contacts are looked up so often, to see who is there no more.
const LOOK: Duration = Duration::from_secs(1);

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Sends at most one message of this inbox to one of its contacts.
    pub(in crate::silo::delivery) fn serve_contacts(&mut self, owner: Aor) -> Result<bool, StoreError> {
        if let Some(inbox) = self.inboxes.get_mut(&owner) {
            inbox.begin_again();
        }
        self.look_up_contacts(&owner);
        let window = self.config.dump_window;
        let hungry = self.inboxes.get(&owner).is_some_and(|inbox| inbox.lines.are_hungry(window));
        if hungry && self.fill(&owner).is_err() {
            return self.unreadable(owner);
        }
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        if hungry || !inbox.lines.has_receivers() {
            let extra = inbox.extra_headers();
            if let Some((message, kind)) = inbox.take_next() {
                let held = inbox.lines.held(&message).unwrap_or_else(|| Held::new(message, kind, extra));
                match inbox.lines.hand_out(&held) {
                    true => inbox.handed_out(kind),
                    false => self.not_handed_out(&held),
                }
            }
        }
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        let next = inbox.lines.next(window, self.lane.is_free());
        let sent = next.is_some();
        if let Some((seat, flow, held)) = next {
            self.send_to(&owner, seat, flow, held);
        }
        let Some(inbox) = self.inboxes.get_mut(&owner) else { return Ok(true) };
        match inbox.turn_over_lines() {
            false => self.close(&owner),
            true if inbox.lines_have_work(window, self.lane.is_free()) => self.list(owner),
            // Some line has only to wait until what another has sent apart is on its way.
            true if inbox.lines.are_ready(window, true) => self.lane.wait(&owner),
            true => {}
        }
        // A turn in which nothing was sent counts as well: it may have read a page.
        Ok(sent || !self.ready.is_empty())
    }

    /// Who takes part: asked at the start of a run, and now and then while it lasts.
    fn look_up_contacts(&mut self, owner: &Aor) {
        let (now, time) = (self.server.monotonic(), self.server.now());
        let Some(inbox) = self.inboxes.get_mut(owner) else { return };
        let wanted = inbox.receivers.take();
        if wanted.is_none() && now.saturating_sub(inbox.looked_up) < LOOK {
            return;
        }
        inbox.looked_up = now;
        let registered = self.server.contacts(owner);
        let mut elsewhere = false;
        let reachable = |binding: &Binding| match binding.flow(time, &|uri| self.server.is_self(uri)) {
            Ok(flow) => Some((binding.clone(), flow)),
            Err(reason) => {
                lm_dbg!("a contact of {owner} is passed over: {reason:?}");
                elsewhere |= reason == PassedOver::Elsewhere;
                None
            }
        };
        let reachable: Vec<(Binding, Flow)> = registered.iter().filter_map(reachable).collect();
        let Some(inbox) = self.inboxes.get_mut(owner) else { return };
        inbox.is_elsewhere = elsewhere;
        let dropped = inbox.lines.keep(|known| reachable.iter().any(|(binding, _)| binding.is_same_contact(known)));
        if let Some(receivers) = wanted {
            inbox.lines.join(reachable.into_iter().filter(|(binding, _)| receivers.include(&binding.uri)));
        }
        if !inbox.lines.has_receivers() {
            lm_dbg!("{owner} has no contact that a message can be sent to");
        }
        self.let_go(dropped);
    }

    /// Takes the message by value: who holds it last decides what becomes of it, and that must not be this function when
    /// the message cannot be sent.
    fn send_to(&mut self, owner: &Aor, seat: Seat, flow: Flow, held: Rc<Held>) {
        let (id, expires_at, kind) = (held.message.id, held.message.expires_at, held.kind);
        if expires_at <= self.server.now() {
            self.unanswered.remove(id);
            drop(held);
            return self.landed(owner, seat, None);
        }
        self.sending = Some((id, expires_at, kind));
        let composed = self.compose(&held.message, kind, &held.extra_headers);
        held.failed.set(held.failed.get() || composed.is_err());
        drop(held);
        match composed {
            Ok(message) => self.hand_over_to(owner, seat, (id, expires_at, kind), direct(message, flow)),
            Err(reason) => {
                self.report(id, &reason);
                self.landed(owner, seat, None);
            }
        }
        self.sending = None;
    }

    /// Sends a message straight or apart, as the host it goes to demands, or leaves it where that must wait.
    fn hand_over_to(&mut self, owner: &Aor, seat: Seat, what: (RowId, UnixTime, Kind), outgoing: Outgoing) {
        let (id, expires_at, kind) = what;
        let now = self.server.monotonic();
        let host = self.server.slow_host(first_hop(&outgoing));
        match self.pause_of(id, &outgoing.request_uri, host.as_ref(), now) {
            Some(Key::Row(_)) => return self.landed(owner, seat, None),
            Some(_) => return self.leave(owner, seat),
            None => {}
        }
        let apart = host.as_ref().is_some_and(|host| self.hosts.is_apart(host, now));
        if apart && !self.lane.is_free() {
            if let Some(inbox) = self.inboxes.get_mut(owner) {
                inbox.lines.put_back(seat);
            }
            return;
        }
        let way = if apart { Way::Apart } else { Way::Straight };
        let request_uri = outgoing.request_uri.clone();
        let flight = Flight {
            owner: owner.clone(),
            id,
            expires_at,
            kind,
            request_uri,
            seat: Some(seat),
            host: None,
            about: None,
        };
        if let Err(error) = self.take_off(&outgoing, flight, host.map(|host| (host, way))) {
            self.unsent(id, &outgoing.request_uri, &error);
            self.landed(owner, seat, Some(408));
        }
    }

    /// Nothing can be sent to the contact now: it leaves, and this message was not sent to it.
    fn leave(&mut self, owner: &Aor, seat: Seat) {
        if let Some(inbox) = self.inboxes.get_mut(owner) {
            let left = inbox.lines.leave(seat);
            self.let_go(left);
        }
        self.landed(owner, seat, None);
    }

    /// The answer of a contact.
    pub(in crate::silo::delivery) fn settle_contact(&mut self, flight: Flight, seat: Seat, status: u16) {
        self.busy_at = self.server.monotonic();
        if status != 408 {
            self.heard_of(flight.id, &flight.request_uri, flight.host);
        }
        self.landed(&flight.owner, seat, Some(status));
        self.list(flight.owner);
    }

    /// A message is in flight to a contact no more: with this status, or without having been sent.
    fn landed(&mut self, owner: &Aor, seat: Seat, status: Option<u16>) {
        let Some(inbox) = self.inboxes.get_mut(owner) else { return };
        let Some(held) = inbox.lines.land(seat) else { return };
        let id = held.message.id;
        let mut through = vec![];
        match status {
            Some(200..300) if !held.delivered.replace(true) => {
                // A run that began meanwhile may have read the row again. What other lines hold of it they keep.
                if let Some(run) = inbox.run() {
                    run.forget(id);
                }
                self.unanswered.remove(id);
                self.taken(id, held.message.expires_at);
                self.server.count(match held.kind {
                    Kind::Offline => Counter::DumpedMessages,
                    Kind::Reminder => Counter::DumpedReminders,
                });
                self.tell_end(self.about(&held.message), true, status.unwrap_or(0));
            }
            Some(200..300) | None => {}
            Some(408) => {
                held.failed.set(true);
                held.code.set(408);
                through = inbox.lines.leave(seat);
                if !held.delivered.get() {
                    self.unanswered.add(id);
                }
            }
            Some(code) => {
                held.failed.set(true);
                held.code.set(code);
            }
        }
        through.push(held);
        self.let_go(through);
    }

    /// These are in no line any more that gave them back: who was the last to hold one says what becomes of it.
    pub(in crate::silo::delivery) fn let_go(&mut self, messages: Vec<Rc<Held>>) {
        for held in messages {
            if Rc::strong_count(&held) > 1 {
                continue;
            }
            let id = held.message.id;
            match (held.delivered.get(), held.failed.get()) {
                (true, _) if held.kind == Kind::Reminder => drop(self.reminders.remove(&id)),
                (true, _) => {}
                (false, true) => {
                    self.failed(id, held.message.expires_at, held.kind);
                    self.tell_end(self.about(&held.message), false, held.code.get());
                }
                (false, false) => self.not_handed_out(&held),
            }
        }
    }

    /// Nobody was there to send it to: it waits, as an ordinary message. But what a server that shares the table may be able
    /// to send, because the user has registered there, is left to that one as it is.
    fn not_handed_out(&mut self, held: &Held) {
        if held.kind == Kind::Reminder {
            self.reminders.remove(&held.message.id);
            let owner = Aor::new(&held.message.user, &held.message.host).ok();
            let is_elsewhere = owner.and_then(|owner| self.inboxes.get(&owner)).is_some_and(|inbox| inbox.is_elsewhere);
            if !(self.claims.are_needed() && is_elsewhere) {
                self.missed(held.message.id, held.message.expires_at);
            }
        }
    }
}

/// The URI that says where the request is sent to first.
fn first_hop(message: &Outgoing) -> &[u8] {
    match &message.next_hop {
        NextHop::Contact { uri: Some(uri), .. } => uri,
        _ => &message.request_uri,
    }
}

/// The request for one contact: its address is the Request-URI, the stored one stays in the To header.
fn direct(mut message: Outgoing, flow: Flow) -> Outgoing {
    if !flow.route.is_empty() {
        push_line(&mut message.headers, b"Route", &flow.route);
    }
    message.request_uri = flow.request_uri;
    message.next_hop = NextHop::Contact { uri: flow.next_hop, socket: flow.socket };
    message
}
