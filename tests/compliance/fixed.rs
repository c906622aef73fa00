//! Where C msilo is at fault: the behaviour that is required of ours. C fails each of these tests; each names what C
//! does. A test that C passes belongs elsewhere.

mod content;
mod expiry;
mod lost;
mod memory;
mod order;
mod startup;
mod statistics;
mod times;
mod twice;
