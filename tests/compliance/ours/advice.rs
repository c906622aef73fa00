//! What the log says when the server's own script refuses what msilo sends.

use crate::differences::differs;
use crate::harness::{NewRow, Server};

/// The script answers each MESSAGE with that code.
fn refusing(code: u16) -> Server {
    let routes = format!(
        r#"
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{ if (save("location")) m_dump(); exit; }}
    sl_send_reply("{code}", "No");
}}
"#
    );
    Server::builder().script(|script| script.routes = Some(routes)).start()
}

/// The lines of the log that are about that inbox.
fn lines(server: &Server, code: u16, user: &str) -> usize {
    let line = format!("a message to {user}@{} was answered {code}: ", server.domain());
    server.log().text().lines().filter(|logged| logged.contains("WARNING: msilo") && logged.contains(&line)).count()
}

/// C says nothing.
#[test]
fn an_answer_that_is_a_mistake_in_the_script_is_explained_once_for_each_inbox() {
    differs(|| {
        for code in [401, 403, 404, 407, 482, 483] {
            let server = refusing(code);
            for (failed, user) in [(2, "bob"), (4, "carol")] {
                let agent = server.agent(user);
                for body in ["one", "two"] {
                    server.table().insert(&NewRow::text("alice", user, server.domain(), body));
                }
                agent.register();
                server.wait_for_statistic("failed_messages", failed);
            }
            server.wait_for_log(&format!("a message to carol@example.test was answered {code}: "));
            assert_eq!([lines(&server, code, "bob"), lines(&server, code, "carol")], [1, 1], "{code}");
        }
    });
}

#[test]
fn an_answer_of_a_phone_is_not_explained() {
    for code in [415, 480, 486, 603] {
        let server = refusing(code);
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.agent("bob").register();
        server.wait_for_statistic("failed_messages", 1);
        assert_eq!(lines(&server, code, "bob"), 0);
    }
}
