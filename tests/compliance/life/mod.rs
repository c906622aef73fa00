//! A server from its start to its end, with what befalls it between.

mod changing;
mod hostile;
mod identity;
mod lifecycle;
