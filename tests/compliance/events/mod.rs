//! Event routes: what a script hears of messages, and what it can ask with `$msilo(name)`.

mod routes;
mod start;
mod variables;

use crate::harness::{Server, ServerBuilder};

/// A route that logs all that can be known of its event.
pub fn logging(event: &str) -> String {
    const ALL: &str = "EVENT $msilo(event) id=$msilo(id) owner=$msilo(owner) from=$msilo(from) to=$msilo(to) \
                       ctype=$msilo(ctype) code=$msilo(code) age=$msilo(age) callid=$msilo(callid)";
    format!("event_route[msilo:{event}] {{ xlog(\"L_INFO\", \"{ALL}\\n\"); }}\n")
}

/// A server with the usual script and these routes behind it.
pub fn with_routes(routes: &str) -> ServerBuilder {
    on(Server::builder(), routes)
}

/// The same for a server that is described already.
pub fn on(builder: ServerBuilder, routes: &str) -> ServerBuilder {
    builder.script(|script| script.routes = Some(format!("{}\n{routes}", script.text())))
}
