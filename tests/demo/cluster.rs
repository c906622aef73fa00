//! `make demo-cluster`: two Kamailios and one MariaDB. A phone registers at both and gets each message once; one server is
//! killed, the other goes on, and what the dead one held comes when it is back. Everything is real, told step by step; it
//! ends with an error and the servers' logs if any step does not happen.

#[path = "../harness/mod.rs"]
mod harness;
mod story;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use harness::{now, Agent, Answer, Server, SharedDatabase, SipMessage};
use story::Story;

/// Where the time in the column `status` begins: 2020, in seconds since 1970.
const EPOCH: i64 = 1_577_836_800;

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
    let story = Story::begin("Two servers share one table, and nobody gets a message twice");
    let mut servers = start(&story);
    let (bob, erin) = (servers[0].agent("bob"), servers[0].agent("erin"));

    write(&story, &servers);
    register_at_both(&story, &servers, &bob);
    let dead = kill_one(&story, &mut servers, &erin);
    go_on(&story, &servers, 1 - dead);
    come_back(&story, &mut servers, dead, &erin);

    story.step("The servers are stopped.");
    servers.iter_mut().for_each(Server::stop);
    story.check("they ended cleanly: no error in their logs, no process left behind");
    story.end("All of it happened. docs/several-servers.md says how to set it up.");
}

/// Starts the servers, and shows what they share.
fn start(story: &Story) -> Vec<Server> {
    story.step("Two Kamailios start, with examples/kamailio.cfg, the numbers 1 and 2, and one MariaDB.");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kamailio.cfg");
    let database = SharedDatabase::create();
    let start = |id: u8| {
        let number = format!("SERVER_ID={id}");
        let definitions = [
            "LISTEN_ADDRESS=udp:127.0.0.1:{PORT}",
            "OUTBOUND_PROXY=\"sip:127.0.0.1:{PORT}\"",
            "SIP_DOMAIN=example.test",
            "DB_MODULE=\"{DRIVER}.so\"",
            "DB_URL=\"{DB_URL}\"",
            "CTL_SOCKET=\"unix:{DIR}/ctl.sock\"",
            "MODULE_PATH=\"{MODULES}\"",
            "CHECK_TIME=1",
            &number,
        ];
        Server::builder().database(&database).config_file(&config, &definitions).start()
    };
    let servers: Vec<Server> = [1, 2].map(start).into();
    for (server, number) in servers.iter().zip(1..) {
        let listens = format!("UDP {}, server_id={number}, modparam(\"msilo\", \"shared_table\", 1)", server.address());
        story.show(&format!("server {number}"), &[&listens]);
    }
    story.check("both are up, and know of each other through the table only");
    servers
}

/// Alice's messages go to one server or the other, as a load balancer sends them.
fn write(story: &Story, servers: &[Server]) {
    story
        .step("Alice writes to Bob, who is away: the first and the third message reach server 1, the second server 2.");
    for (server, text) in [(0, "one"), (1, "two"), (0, "three")] {
        let alice = servers[server].agent("alice");
        let reply = alice.message("bob").text(text).send().expect_code(202);
        story.show(&format!("Alice → server {}", server + 1), &[&format!("\"{text}\""), reply.start_line()]);
    }
    for row in servers[0].table().rows() {
        let body = String::from_utf8_lossy(&row.body);
        story.show("table silo", &[&format!("id {}, body \"{body}\", status {}", row.id, row.status)]);
    }
    story.check("three rows in one table; status 0: nobody has claimed them");
}

/// Bob's phone sends the same REGISTER to both servers.
fn register_at_both(story: &Story, servers: &[Server], bob: &Agent) {
    story.step("Bob's phone registers, and both servers see the REGISTER.");
    bob.answer(Answer::Silence);
    bob.register_at(servers);
    for (number, text) in ["one", "two", "three"].into_iter().enumerate() {
        let message = bob.receive();
        let server = sender(servers, &message);
        if number == 0 {
            show_claim(story, &servers[0], server);
        }
        assert!(message.text().ends_with(text), "Bob gets {:?} before {text:?}", message.text());
        assert_eq!(bob.waiting(), 0, "a second message came before the answer to the first");
        story.show(&format!("server {} → Bob", server + 1), &[&format!("\"{}\"", message.text())]);
        bob.reply(&message, 200, "OK");
    }
    servers[0].table().wait_until_empty();
    servers.iter().for_each(Server::settle);
    assert_eq!(bob.waiting(), 0, "something came a second time");
    story.show("table silo", &["no rows"]);
    story.check("each message once, in the order they were written, one at a time");
}

/// The rows of Bob's as they are while one server has claimed them.
fn show_claim(story: &Story, server: &Server, holder: usize) {
    let status = server.table().rows()[0].status;
    assert_eq!(status % 256, holder as i64 + 1, "status {status} names another server than the one that sends");
    let left = status + EPOCH - now();
    assert!(left > 0, "status {status} is over");
    story.show(
        "table silo",
        &[&format!("status {status}: claimed by server {}, for {left} s unless it is renewed", status % 256)],
    );
}

/// One of the servers dies with a message in flight. Gives which.
fn kill_one(story: &Story, servers: &mut [Server], erin: &Agent) -> usize {
    story.step("Erin registers at both, too. A server sends her message, and is killed before her phone answers.");
    for (server, text) in servers.iter().zip(["for Dave, through server 1", "for Dave, through server 2"]) {
        server.agent("alice").message("dave").text(text).send().expect_code(202);
    }
    servers[0].agent("alice").message("erin").text("for Erin").send().expect_code(202);
    erin.answer(Answer::Silence);
    erin.register_at(servers);
    let message = erin.receive();
    let dead = sender(servers, &message);
    story.show(&format!("server {} → Erin", dead + 1), &[&format!("\"{}\", not answered", message.text())]);
    servers[dead].kill_9();
    story.show(&format!("server {}", dead + 1), &["kill -9"]);
    let rows = servers[0].table().rows();
    let status = rows.iter().find(|row| row.username == "erin").expect("her message is in the table").status;
    assert_eq!(status % 256, dead as i64 + 1, "status {status} does not name the dead server");
    story.show("table silo", &[&format!("Erin's message: status {status}, claimed by server {}", dead + 1)]);
    story.check("that server is dead, and its claim on her message is not over yet");
    dead
}

/// The other one stores and delivers.
fn go_on(story: &Story, servers: &[Server], alive: usize) {
    story.step("The other server goes on: Dave registers there, for whom both have stored a message before.");
    let (carol, dave) = (servers[alive].agent("carol"), servers[alive].agent("dave"));
    carol.message("dave").text("one more").send().expect_code(202);
    dave.register();
    for message in dave.receive_all(3) {
        story.show(&format!("server {} → Dave", alive + 1), &[&format!("\"{}\"", message.text())]);
    }
    story.check("what the dead server had stored is delivered, and what comes new is stored");
}

/// What it had in flight is sent again, for nobody knows whether it came.
fn come_back(story: &Story, servers: &mut [Server], dead: usize, erin: &Agent) {
    story.step("The dead server starts again and gives back what it held. Erin registers at both once more.");
    erin.answer(Answer::Ok);
    servers[dead].start_again();
    erin.register_at(servers);
    let message = erin.receive();
    let server = sender(servers, &message);
    assert!(message.text().ends_with("for Erin"), "Erin gets {:?}", message.text());
    story.show(&format!("server {} → Erin", server + 1), &[&format!("\"{}\"", message.text())]);
    servers[0].table().wait_until_empty();
    servers.iter().for_each(Server::settle);
    assert_eq!(erin.waiting(), 0, "something came again");
    story.check("the message that was in flight came again, nothing else did, and nothing is lost");
}

/// Which of the servers has sent a message.
fn sender(servers: &[Server], message: &SipMessage) -> usize {
    let via = message.header("Via").unwrap_or_default();
    let by = |server: &Server| via.contains(&format!("{};", server.address()));
    servers.iter().position(by).unwrap_or_else(|| panic!("nobody's: {via}"))
}
