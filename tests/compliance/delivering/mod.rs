//! Delivering: what `m_dump()`, reminders and notifications send, and in what order.

mod deliver;
pub mod event_routes;
mod headers;
mod notify;
mod order;
mod prefix;
mod reminder;
mod sipp;
mod tcp;
mod timer_route;
mod undelivered;
