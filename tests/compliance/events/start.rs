//! What has to fit together at start.

use super::{logging, on, with_routes};
use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};
use crate::ours::numbers::log_of_start;

#[track_caller]
fn expect_refused(builder: ServerBuilder, wanted: &str) {
    let log = log_of_start(builder);
    assert!(
        log.lines().any(|line| line.contains("ERROR: msilo") && line.contains(wanted)),
        "no line says {wanted}:\n{log}"
    );
}

fn has_process(server: &Server) -> bool {
    server.rpc().processes().expect("core.psx answers").iter().any(|(_, name)| name == "MSILO events")
}

#[test]
fn only_a_script_with_such_a_route_has_the_process_for_it() {
    differs(|| {
        assert!(!has_process(&Server::start()));
        let server = with_routes(&logging("delivered")).start();
        crate::harness::until("the process is there", || has_process(&server));
    });
}

#[test]
fn wake_after_without_a_route_is_refused() {
    differs(|| {
        expect_refused(Server::builder().param("wake_after", 60), "modparam(\"msilo\", \"wake_after\", 60): needs");
    });
}

#[test]
fn a_route_for_messages_that_wait_without_wake_after_is_refused() {
    differs(|| {
        let route = "event_route[msilo:waiting] { xlog(\"L_INFO\", \"waiting\\n\"); }";
        expect_refused(with_routes(route), "modparam(\"msilo\", \"wake_after\", 0): must be over 0");
    });
}

#[test]
fn wake_after_minus_1_is_named_with_its_rule() {
    differs(|| {
        let builder = on(Server::builder().param("wake_after", -1), "");
        expect_refused(
            builder,
            "modparam(\"msilo\", \"wake_after\", -1): must be from 0 to 2147483647 (seconds; 0 = off)",
        );
    });
}

#[test]
fn an_event_callback_without_a_script_of_that_kind_is_refused() {
    differs(|| {
        let builder = Server::builder().param("event_callback", "ksr_msilo_event");
        expect_refused(builder, "\"event_callback\", \"ksr_msilo_event\"): is for scripts in Lua, Python, JavaScript");
    });
}

#[test]
fn imdn_2_is_named_with_its_rule() {
    differs(|| {
        expect_refused(Server::builder().param("imdn", 2), "modparam(\"msilo\", \"imdn\", 2): must be from 0 to 1")
    });
}
