//! `$msilo(name)`: what the module tells the routes that it runs.

use crate::differences::differs;
use crate::harness::Server;

#[test]
fn a_variable_that_msilo_does_not_have_is_refused_at_start() {
    differs(|| {
        let log = Server::builder()
            .script(|script| script.before_store = "$var(x) = $msilo(nothing);".to_owned())
            .start_refused()
            .log;
        assert!(log.contains("pvar \"msilo\" has an invalid name param [nothing]"), "{log}");
    });
}

#[test]
fn outside_of_the_routes_that_msilo_runs_its_variables_are_null() {
    differs(|| {
        let look =
            "if ($msilo(stored) == $null && $msilo(reason) == $null) xlog(\"L_NOTICE\", \"nothing is said\\n\");";
        let server = Server::builder().script(|script| script.before_store = look.to_owned()).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        server.wait_for_log("nothing is said");
    });
}
