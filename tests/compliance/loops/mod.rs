//! What msilo sends comes back into the script, which stores whatever a phone does not take. The message is in the silo
//! already: it stays there as it was stored, and is tried again at the next REGISTER.

mod copies;
mod orders;
mod phones;
mod reminders;
mod ways;

use crate::harness::{until, Agent, Answer, Draft, Row, Server, ServerBuilder, SipMessage};

/// The routes of an ordinary script: who is not there has the message stored, and so has who does not take it. Where it
/// comes from is not looked at. `{STORE}` stands for what stores it.
const ROUTES: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        if (save("location")) m_dump();
        exit;
    }
    if (!t_newtran()) exit;
    $avp(inbox) = $ru;
    if (!lookup("location")) route(STORE);
    t_on_failure("UNDELIVERED");
    if (!t_relay()) route(STORE);
}
failure_route[UNDELIVERED] {
    route(STORE);
}
route[STORE] {
    {STORE}
    xlog("L_INFO", "answered $ci\n");
    exit;
}
"#;

/// Stores, and answers what that came to.
const STORE_AND_ANSWER: &str =
    r#"if (m_store("$avp(inbox)")) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }"#;

/// A server with these routes, which store in that way.
fn storing_with(store: &str) -> ServerBuilder {
    let routes = ROUTES.replace("{STORE}", store);
    // Without the sweeps of C, which lock SQLite for its workers. A test that waits for what they find has them.
    let builder = Server::builder().through_the_script().param("check_time", 60).modparam("tm", "fr_timer", 20_000);
    builder.script(|script| script.routes = Some(routes))
}

/// A server that stores everything that comes back.
fn storing() -> ServerBuilder {
    storing_with(STORE_AND_ANSWER)
}

/// Stores a message of alice for bob.
#[track_caller]
fn stored(server: &Server, text: &str) -> Row {
    server.agent("alice").message("bob").text(text).send().expect_code(202);
    server.table().rows().pop().expect("a row")
}

/// Waits until the script has done what it does with a message that came back.
#[track_caller]
fn wait_for_answer(server: &Server, message: &SipMessage) {
    server.wait_for_log(&format!("answered {}", message.header("Call-ID").expect("it has one")));
}

/// Waits until msilo knows that as well.
#[track_caller]
fn wait_until_back(server: &Server, message: &SipMessage) {
    wait_for_answer(server, message);
    server.settle();
}

/// Bob's rows have to be these, where other users may have some, too.
#[track_caller]
fn expect_rows_of_bob(server: &Server, rows: &[Row]) {
    let of_bob: Vec<Row> = server.table().rows().into_iter().filter(|row| row.username == "bob").collect();
    assert_eq!(of_bob, rows, "bob's rows are others");
}

/// Waits until msilo knows how so many deliveries ended. C learns of it at its next sweep, and takes for delivered what the
/// script has stored in time.
#[track_caller]
fn wait_for_results(server: &Server, count: i64) {
    let counted = ["failed_messages", "dumped_messages", "failed_reminders", "dumped_reminders"];
    let sum = || counted.map(|name| server.statistic(name)).iter().sum::<i64>();
    // More, where the script was quicker with an answer than tm with its 408: then the next follows at once.
    until(&format!("{count} deliveries have ended"), || sum() >= count);
}

/// This module has counted so many of its messages as failed, and none as delivered but those of [`Server::settle`].
#[track_caller]
fn expect_failures(server: &Server, kind: &str, count: i64) {
    assert_eq!(server.statistic(&format!("failed_{kind}")), count, "failed");
}

/// The message once more, as another proxy would send it: Call-ID and From are those of the original.
fn copy<'a>(sender: &'a Agent, message: &SipMessage, to: &str) -> Draft<'a> {
    let [from, call_id] = ["From", "Call-ID"].map(|name| message.header(name).expect("it is there"));
    sender.message(to).from(from).call_id(call_id).text(&message.text())
}

/// Bob's phone has a message that it does not answer, and is not registered any more.
#[track_caller]
fn in_flight(bob: &Agent) -> SipMessage {
    bob.answer(Answer::Silence);
    bob.register();
    let message = bob.receive();
    bob.unregister();
    message
}
