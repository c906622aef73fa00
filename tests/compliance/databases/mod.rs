//! What a database has to do for the silo, whichever it is: `MSILO_DB` says on which one these tests run.

mod away;
mod cluster;
mod content;
mod ids;
mod neighbours;
mod odbc;
mod scenarios;
mod texts;
mod unfit;
mod widths;

use crate::harness::{kamailio_release, Server, ServerBuilder};

/// A server that takes the longest datagrams there are: from 5.7.3 on only when it is told so.
fn datagrams_of_64_kilobytes() -> ServerBuilder {
    let builder = Server::builder();
    if kamailio_release() >= (5, 7, 3) {
        builder.global("msg_recv_max_size=65535")
    } else {
        builder
    }
}
