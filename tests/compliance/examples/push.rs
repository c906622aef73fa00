//! `push.cfg`: a message for an app that sleeps is stored, a push wakes the app up, and it gets what waits.

use super::example_with_tcp;
use crate::differences::differs;
use crate::harness::{until, Agent, Gateway, Server};
use crate::skip::has_module;

/// A server with that file and this gateway.
fn start(gateway: &Gateway, more: &[&str]) -> Option<Server> {
    let url = format!("PUSH_URL=\"{}\"", gateway.url());
    let mut definitions = vec![url.as_str(), "FR_TIMER=500"];
    definitions.extend(more);
    let modules = ["http_client", "htable", "async"].map(has_module);
    modules.into_iter().all(|there| there).then(|| example_with_tcp("push.cfg", &definitions).start())
}

/// Registers an app that can be woken.
#[track_caller]
fn register(app: &Agent) {
    let contact = format!("<{};pn-provider=acme;pn-param=project;pn-prid=to%20ken+x>", app.contact());
    app.registration().contact(&contact).expires(3600).send().expect_code(200);
}

/// The app registers, and goes to sleep: nobody is behind its address any more.
#[track_caller]
fn fall_asleep(server: &Server) {
    let app = server.agent("bob");
    register(&app);
}

#[test]
fn three_messages_cause_one_push_and_the_app_gets_them_in_order() {
    differs(|| {
        let gateway = Gateway::start();
        let Some(server) = start(&gateway, &[]) else { return };
        fall_asleep(&server);
        let alice = server.agent("alice");
        for text in ["one", "two", "three"] {
            alice.message("bob").text(text).send().expect_code(202);
        }
        let push = gateway.wait_for(1).remove(0);
        assert!(push.starts_with("POST "), "{push}");
        let form = push.rsplit("\r\n\r\n").next().unwrap_or_default();
        assert_eq!(
            form.to_lowercase(),
            "provider=acme&param=project&prid=to%2520ken%2bx&user=sip%3abob%40example.test"
        );
        // The app wakes up, at another address.
        let app = server.agent("bob");
        register(&app);
        let texts: Vec<String> = app.receive_all(3).iter().map(|message| message.text()).collect();
        let ends = texts.iter().zip(["] one", "] two", "] three"]).all(|(text, end)| text.ends_with(end));
        assert!(ends, "{texts:?}");
        server.table().wait_until_empty();
        assert_eq!(gateway.requests().len(), 1, "one push within a minute");
    });
}

#[test]
fn a_message_that_still_waits_causes_a_second_push() {
    differs(|| {
        let gateway = Gateway::start();
        let Some(server) = start(&gateway, &["PUSH_PAUSE=1", "WAKE_AFTER=2"]) else { return };
        fall_asleep(&server);
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        gateway.wait_for(2);
        let app = server.agent("bob");
        register(&app);
        assert!(app.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

#[test]
fn nobody_is_woken_for_a_notification_that_his_message_was_read() {
    differs(|| {
        let gateway = Gateway::start();
        let Some(server) = start(&gateway, &[]) else { return };
        fall_asleep(&server);
        let alice = server.agent("alice");
        let xml = b"<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\"/>";
        alice.message("bob").body("message/imdn+xml", xml).send().expect_code(202);
        until("it is stored", || server.table().count() == 1);
        // The message behind it causes the first push.
        alice.message("bob").text("hello").send().expect_code(202);
        gateway.wait_for(1);
        assert_eq!(gateway.requests().len(), 1);
    });
}
