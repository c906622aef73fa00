//! The processes are there where the config wants them, and what cannot work is refused at start or in one line.

use super::{later, processes, routes, ROUTE};
use crate::differences::differs;
use crate::harness::{Script, Server};

#[test]
fn the_processes_are_there_where_the_script_calls_the_function() {
    differs(|| {
        let server = later().start();
        assert_eq!(processes(&server, "MSILO storing").len(), 1);
        assert_eq!(processes(&server, "MSILO answers").len(), 1);
    });
}

/// C: the same.
#[test]
fn without_the_function_there_are_none() {
    let server = Server::start();
    assert_eq!(processes(&server, "MSILO storing").len() + processes(&server, "MSILO answers").len(), 0);
}

#[test]
fn there_are_as_many_as_storing_processes_says_and_all_of_them_store() {
    differs(|| {
        let server = later().param("storing_processes", 3).start();
        assert_eq!(processes(&server, "MSILO storing").len(), 3);
        let alice = server.agent("alice");
        for user in 0..9 {
            alice.message(&format!("user-{user}")).text("hello").send().expect_code(202);
        }
        assert_eq!(server.table().count(), 9);
    });
}

#[test]
fn a_number_that_cannot_be_is_refused_at_start() {
    differs(|| {
        for (name, value) in [("storing_processes", 0), ("storing_processes", 17), ("store_timeout", 0)] {
            let log = later().param(name, value).start_refused().log;
            assert!(log.contains(&format!("modparam(\"msilo\", \"{name}\", {value}): must be from 1 to")), "{log}");
        }
    });
}

#[test]
fn a_route_that_the_script_does_not_have_is_refused_at_start() {
    differs(|| {
        for call in ["m_store_async(\"$ru\", \"NOWHERE\")", "m_store_addrs_async(\"$ru\", \"\", \"\", \"NOWHERE\")"] {
            let routes = routes(call, "m_store(\"$ou\")");
            let log = Server::builder().script(|script| script.routes = Some(routes)).start_refused().log;
            assert!(log.contains("there is no route[NOWHERE]"), "{log}");
        }
    });
}

#[test]
fn a_route_that_a_variable_names_and_that_is_not_there_is_named_in_a_line() {
    differs(|| {
        let routes = routes("$var(r) = \"NOWHERE\"; m_store_async(\"$ru\", \"$var(r)\")", "m_store(\"$ou\")");
        let server = Server::builder().script(|script| script.routes = Some(routes)).start();
        server.expect_log_error("there is no route[NOWHERE] to go on with");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log("there is no route[NOWHERE] to go on with");
    });
}

#[test]
fn without_a_transaction_a_line_says_what_is_missing() {
    differs(|| {
        let script = Script { store: "m_store_async(\"$ru\", \"STORED\")".to_owned(), ..Script::default() };
        let text = script.text().replace("if (!t_newtran()) { sl_reply_error(); exit; }", "") + ROUTE;
        let text = text.replacen("t_reply(\"503\"", "sl_send_reply(\"503\"", 1);
        let server = Server::builder().script(|script| script.routes = Some(text)).start();
        server.expect_log_error("there is no transaction: call t_newtran() before m_store_async()");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log("there is no transaction: call t_newtran() before m_store_async()");
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn in_a_route_where_it_cannot_work_it_is_refused_at_start() {
    differs(|| {
        let more = "\nonreply_route {\n    m_store_async(\"$ru\", \"STORED\");\n}\n";
        let text = routes("m_store(\"$ru\")", "m_store(\"$ou\")") + more;
        let log = Server::builder().script(|script| script.routes = Some(text)).start_refused().log;
        assert!(log.contains("cannot be used in this block") || log.contains("m_store_async"), "{log}");
    });
}
