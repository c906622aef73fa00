//! The remote commands, `msilo.summary` and so on, and the statistics for whoever watches a server. C has none of them.

mod away;
mod delivery;
mod hanging;
mod metrics;
mod outside;
mod removal;
mod rows;
mod transports;

use serde_json::{json, Value};

use crate::harness::{over_socket, Fault, NewRow, Server, ServerBuilder};

/// All of them.
const COMMANDS: [&str; 11] =
    ["summary", "count", "list", "show", "dump", "rm", "purge", "processes", "inbox", "pause", "resume"];

/// A server that takes commands over ctl, a socket of jsonrpcs and HTTP, and does not sweep meanwhile.
fn builder() -> ServerBuilder {
    Server::builder()
        .param("check_time", 3600)
        .tcp()
        .global("tcp_accept_no_cl=yes")
        .load("xhttp")
        .load("jsonrpcs")
        .load("xhttp_prom")
        .modparam("jsonrpcs", "transport", 5)
        .modparam("jsonrpcs", "dgram_socket", "{DIR}/jsonrpc.sock")
        .modparam("xhttp_prom", "xhttp_prom_stats", "msilo:")
        .route(
            r#"
event_route[xhttp:request] {
    if ($hu =~ "^/metrics") { prom_dispatch(); exit; }
    jsonrpc_dispatch();
}
"#,
        )
}

/// Starts it. With a module that has no commands the test ends here.
#[track_caller]
fn start(builder: ServerBuilder) -> Server {
    let server = builder.start();
    if let Err(error) = server.rpc().call(&["msilo.pause"]).and_then(|_| server.rpc().call(&["msilo.resume"])) {
        panic!("there is no command msilo.pause: {error}");
    }
    server
}

/// Runs a command.
fn try_ask(server: &Server, command: &str, arguments: &[Value]) -> Result<Value, Fault> {
    over_socket(&server.path("jsonrpc.sock"), &format!("msilo.{command}"), arguments)
}

/// The answer of a command.
#[track_caller]
fn ask(server: &Server, command: &str, arguments: &[Value]) -> Value {
    try_ask(server, command, arguments).unwrap_or_else(|fault| panic!("msilo.{command}: {fault:?}"))
}

/// The code of the fault that a command has to end with.
#[track_caller]
fn fault(server: &Server, command: &str, arguments: &[Value]) -> Fault {
    match try_ask(server, command, arguments) {
        Err(fault) => fault,
        Ok(answer) => panic!("msilo.{command} {arguments:?} gave no fault but {answer}"),
    }
}

/// The owner of an inbox, as an argument.
fn owner(user: &str) -> Value {
    json!(format!("sip:{user}@example.test"))
}

/// A row for a user of the server whose type has no prefix.
fn row(server: &Server, user: &str, text: &str) -> NewRow {
    let mut row = NewRow::text("alice", user, server.domain(), text);
    row.ctype = "text/x-number".to_owned();
    row
}

/// Puts such a row in, and gives its id.
fn put(server: &Server, user: &str, text: &str) -> i64 {
    server.table().insert(&row(server, user, text))
}
