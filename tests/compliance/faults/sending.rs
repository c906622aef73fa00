//! tm does not send.

use super::{all, fill, numbers};
use crate::differences::differs;
use crate::harness::Server;

/// A script whose administrator refuses what tm is about to send, while a switch is on.
const ROUTES: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        if (save("location")) m_dump();
        exit;
    }
    if (lookup("location")) t_relay(); else sl_send_reply("404", "Not Found");
}

event_route[tm:local-request] {
    if ($shv(refuse) == 1) drop;
}
"#;

fn switch(server: &Server, on: &str) {
    server.rpc().call(&["pv.shvSet", "refuse", "int", on]).expect("the switch is set");
}

/// C never sends them again until a restart.
#[test]
fn messages_that_tm_refuses_to_send_wait_for_the_next_register() {
    differs(|| {
        let server = Server::builder().script(|script| script.routes = Some(ROUTES.into())).start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 50);
        switch(&server, "1");
        bob.register();
        server.wait_for_statistic("failed_messages", 1);
        server.wait_for_log("cannot be sent and stays in the silo");
        assert_eq!((bob.waiting(), server.table().count()), (0, 50));
        switch(&server, "0");
        bob.register();
        assert_eq!(numbers(&bob, 50), all(50));
        server.table().wait_until_empty();
    });
}
