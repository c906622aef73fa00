//! Where C msilo is at fault: the behaviour that is required of ours. Each of these tests stands in the table of
//! differences, with what C does instead.

mod content;
mod db_text;
mod expiry;
mod large;
mod lost;
mod memory;
mod order;
mod receivers;
mod startup;
mod statistics;
mod texts;
mod times;
mod twice;
