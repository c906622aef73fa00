//! `make demo`: what msilo does, played on a real Kamailio with `examples/kamailio.cfg` and SQLite, and told step by
//! step. It ends with an error, the server's log and the whole SIP exchange if any step does not happen.

#[path = "../harness/mod.rs"]
mod harness;
mod story;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use harness::{compact, ctime, now, Agent, Draft, Server, SipMessage};
use story::Story;

/// What Alice writes to Bob while he is away.
const LUNCH: &str = "Lunch at noon?";

/// What Alice has the server remind Bob of.
const REMINDER: &str = "Lunch is now!";

/// Seconds from the moment a reminder is written to the moment it is due.
const REMINDER_DELAY: i64 = 3;

fn main() -> ExitCode {
    match panic::catch_unwind(AssertUnwindSafe(play)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            story::mourn();
            ExitCode::FAILURE
        }
    }
}

fn play() {
    let story = Story::begin("msilo.so keeps messages for people who are offline: on a real server, times in UTC");
    let mut server = start(&story);
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.register();

    write_to_somebody_offline(&story, &server, &alice);
    switch_on(&story, &server, &bob);
    count(&story, &server);
    remind(&story, &server, &alice, &bob);

    summarize(&story, &server);

    story.step("The server is stopped.");
    server.stop();
    story.check("it ended cleanly: no error in its log, no process left behind");
    story.end("All of it happened. `make run` starts the same server for your own phones.");
}

/// Starts the server, and shows that it runs our module.
fn start(story: &Story) -> Server {
    story.step("Kamailio starts, with examples/kamailio.cfg and our msilo.so.");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kamailio.cfg");
    let definitions = [
        "LISTEN_ADDRESS=udp:127.0.0.1:{PORT}",
        "OUTBOUND_PROXY=\"sip:127.0.0.1:{PORT}\"",
        "SIP_DOMAIN=example.test",
        "DB_URL=\"sqlite:///{DIR}/kamailio.sqlite\"",
        "CTL_SOCKET=\"unix:{DIR}/ctl.sock\"",
        "MODULE_PATH=\"{MODULES}\"",
        "CHECK_TIME=1",
        "SEND_TIME=1",
    ];
    let server = Server::builder().config_file(&config, &definitions).start();
    let version = server.rpc().call(&["core.version"]).expect("kamcmd core.version answers");
    let processes = server.rpc().processes().expect("kamcmd core.psx answers");
    let Some((pid, name)) = processes.iter().find(|(_, name)| name.starts_with("MSILO delivery")) else {
        let names: Vec<&str> = processes.iter().map(|(_, name)| name.as_str()).collect();
        panic!("core.psx shows no process of msilo, only: {}", names.join(", "));
    };
    let process = format!("PID {pid}: {name} (msilo's own process, beside {} of the server)", processes.len() - 1);
    story.show("kamcmd core.psx", &[&process]);
    story.check(&format!("{}, UDP {}, database SQLite", version.trim(), server.address()));
    server
}

/// Alice writes to Bob, and the message is kept.
fn write_to_somebody_offline(story: &Story, server: &Server, alice: &Agent) {
    story.step("Alice writes to Bob, but his phone is off.");
    say(story, "Alice", alice.message("bob").text(LUNCH), 202, |request| vec![quoted(request)]);
    let notice = alice.receive();
    story.show("server → Alice", &[&quoted(&notice)]);
    assert!(notice.text().contains("User bob is offline"), "Alice is told {:?}", notice.text());

    let row = server.table().only_row();
    let (time, body) = (ctime(row.inc_time), String::from_utf8_lossy(&row.body));
    assert_eq!(body, LUNCH, "the body in the row is another one");
    let sender = format!("id {}, src_addr {}, dst_addr {},", row.id, row.src_addr, row.dst_addr);
    let content = format!("inc_time {} ({time}), body \"{body}\"", row.inc_time);
    story.show("table silo", &[&sender, &content]);
    story.check("accepted for later: the message is a row in the database");
}

/// Bob registers, and gets what was kept for him.
fn switch_on(story: &Story, server: &Server, bob: &Agent) {
    story.step("Bob switches his phone on. It tells the server where it is, and gets the message.");
    let arrived = server.table().only_row().inc_time;
    let contact = format!("<{}>", bob.contact());
    let registration = bob.registration().contact(&contact).expires(3600);
    say(story, "Bob", registration, 200, |_| vec![format!("Contact: {contact}")]);

    let message = bob.receive();
    let from = format!("From: <{}>", message.address("From"));
    let date = format!("Date: {}", message.header("Date").unwrap_or_default());
    story.show("server → Bob", &[message.start_line(), &from, &date, &quoted(&message)]);
    assert_eq!(message.text(), format!("[Offline message - {}] {LUNCH}", ctime(arrived)));
    assert_eq!(from, "From: <sip:alice@example.test>");
    story.check("delivered, with the time at which Alice wrote it");
}

/// The table is empty again, and the statistics say why.
fn count(story: &Story, server: &Server) {
    story.step("What is delivered is not kept.");
    server.table().wait_until_empty();
    server.wait_for_statistic("stored_messages", 1);
    server.wait_for_statistic("dumped_messages", 1);
    server.wait_for_statistic("failed_messages", 0);
    story.show("table silo", &["no rows"]);
    let names = ["stored_messages", "dumped_messages", "failed_messages"];
    let values = names.map(|name| format!("{name} = {}", server.statistic(name)));
    story.show("kamcmd stats", &[&values.join(", ")]);
    story.check("the row is gone; one message stored, one delivered (\"dumped\"), none failed");
}

/// A message with a time in it comes at that time.
fn remind(story: &Story, server: &Server, alice: &Agent, bob: &Agent) {
    story.step("Alice leaves a reminder for Bob, to be sent three seconds later.");
    let due = now() + REMINDER_DELAY;
    let time = format!("X-Send-At: {}", compact(due));
    let draft = alice.message("bob").text(REMINDER).header(&time);
    say(story, "Alice", draft, 202, |request| vec![time.clone(), quoted(request)]);
    let row = server.table().only_row();
    assert_eq!(row.snd_time, due, "the row has another time to send it");
    story.show("table silo", &[&format!("id {}, snd_time {due} ({})", row.id, ctime(due))]);

    let message = bob.receive();
    let early = due - now();
    story.show("server → Bob", &[message.start_line(), &quoted(&message)]);
    assert_eq!(message.text(), format!("[Reminder message - {}] {REMINDER}", ctime(due)));
    assert!(early <= 0, "the reminder came {early} s too early");
    server.table().wait_until_empty();
    server.wait_for_statistic("dumped_reminders", 1);
    server.wait_for_statistic("dumped_messages", 1);
    story.check("delivered when it was due, not before; the row is gone, dumped_reminders = 1");
}

/// What an administrator sees, who asks how much there is.
fn summarize(story: &Story, server: &Server) {
    story.step("The administrator asks what is left.");
    let summary = server.rpc().call(&["msilo.summary"]).expect("kamcmd msilo.summary answers");
    let lines: Vec<&str> = summary.lines().map(str::trim).filter(|line| line.contains(':')).collect();
    story.show("kamcmd msilo.summary", &[&lines.join(", ")]);
    assert!(lines.contains(&"messages: 0") && lines.contains(&"expired: 0"), "msilo.summary says {summary}");
    story.check("nothing: both were delivered");
}

/// Sends a request and shows it, with the lines of it that matter, and the reply, which must have that code.
fn say(story: &Story, who: &str, draft: Draft<'_>, code: u16, lines: impl FnOnce(&SipMessage) -> Vec<String>) {
    let request = SipMessage::parse(&draft.bytes()).expect("the demo writes proper requests");
    let details = lines(&request);
    let shown: Vec<&str> = [request.start_line()].into_iter().chain(details.iter().map(String::as_str)).collect();
    story.show(&format!("{who} → server"), &shown);
    let reply = draft.send();
    story.show(&format!("server → {who}"), &[reply.start_line()]);
    reply.expect_code(code);
}

/// The body of a message as somebody would quote it.
fn quoted(message: &SipMessage) -> String {
    format!("\"{}\"", message.text())
}
