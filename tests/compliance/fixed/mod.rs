//! Where C msilo is at fault: the behaviour that is required of ours. Each of these tests stands in the table of
//! differences, with what C does instead.

mod content;
mod expiry;
mod large;
mod lost;
mod order;
mod receivers;
mod server;
mod texts;
mod times;
mod twice;
