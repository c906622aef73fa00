//! The same with somebody else's user agents: SIPp stores messages, registers, and takes what was stored.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::differences::differs;
use crate::harness::{until, Port, Server};
use crate::skip::missing;

const MESSAGES: u32 = 50;

/// How SIPp talks to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Udp,
    Tcp,
}

/// SIPp, with a directory for what it writes.
struct Sipp {
    by: By,
    server: String,
    dir: TempDir,
}

impl Sipp {
    /// `None`, with a word on the terminal, where SIPp is not installed.
    fn find(by: By, server: &Server) -> Option<Sipp> {
        if Command::new(program()).arg("-v").output().is_err() {
            missing("there is no sipp: install the package sip-tester");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("msilo-sipp-").tempdir().expect("a directory can be made");
        Some(Sipp { by, server: server.address().to_string(), dir })
    }

    /// Starts a scenario of `tests/sipp`. It ends by itself, with 0 when every call went as the scenario says.
    ///
    /// It gets a port of its own: left to itself it takes 5060, over TCP also where another one has that.
    fn start(&self, scenario: &str, calls: u32, arguments: &[&str]) -> Running {
        self.start_on(Port::reserve(), scenario, calls, arguments)
    }

    fn start_on(&self, port: Port, scenario: &str, calls: u32, arguments: &[&str]) -> Running {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp").join(scenario).with_extension("xml");
        let mut command = Command::new(program());
        command.arg(&self.server).arg("-sf").arg(file).args(["-i", "127.0.0.1", "-nostdin", "-timeout_error"]);
        command.args(["-timeout", "60", "-m", &calls.to_string(), "-t", if self.by == By::Udp { "u1" } else { "t1" }]);
        command.args(["-p", &port.number().to_string()]);
        command.args(["-key", "user", "bob", "-key", "domain", "example.test"]).args(arguments);
        command.current_dir(&self.dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Running { scenario: scenario.to_owned(), child: Some(child), _port: port }
    }
}

fn program() -> String {
    env::var("SIPP").unwrap_or_else(|_| "sipp".to_owned())
}

/// A running SIPp, ended when the test does not wait for it.
struct Running {
    scenario: String,
    child: Option<Child>,
    _port: Port,
}

impl Running {
    /// Waits until it ends, and proves that all its calls went well.
    #[track_caller]
    fn expect_success(mut self) {
        let child = self.child.take().expect("it has not been waited for");
        let Output { status, stdout, stderr } = child.wait_with_output().expect("sipp can be waited for");
        let printed = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "sipp {} ended with {status}:\n{printed}", self.scenario);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Stores messages by SIPp, registers by SIPp, and takes them by SIPp.
#[track_caller]
fn expect_delivery(by: By) {
    // One SIP process: two that store at the same time can lock each other out of SQLite, which is another subject.
    let server = Server::builder().children(1).tcp().start();
    let Some(sipp) = Sipp::find(by, &server) else { return };
    sipp.start("store", MESSAGES, &["-r", "200"]).expect_success();
    assert_eq!(server.table().count(), i64::from(MESSAGES));
    let rows = server.table().rows();
    let distinct: BTreeSet<&[u8]> = rows.iter().filter(|row| row.username == "bob").map(|row| &row.body[..]).collect();
    assert_eq!(distinct.len(), rows.len());
    server.wait_for_statistic("stored_messages", i64::from(MESSAGES));
    let (receiver, port) = listening(&sipp, "receive");
    let contact = match by {
        By::Udp => format!("sip:bob@127.0.0.1:{port}"),
        By::Tcp => format!("sip:bob@127.0.0.1:{port};transport=tcp"),
    };
    sipp.start("register", 1, &["-key", "contact", &contact]).expect_success();
    receiver.expect_success();
    server.table().wait_until_empty();
    assert_eq!(server.statistic("failed_messages"), 0);
}

/// A SIPp that waits for the messages, once it listens, and its port.
#[track_caller]
fn listening(sipp: &Sipp, scenario: &str) -> (Running, u16) {
    let reserved = Port::reserve();
    let port = reserved.number();
    let receiver = sipp.start_on(reserved, scenario, MESSAGES, &[]);
    let table = if sipp.by == By::Udp { "/proc/net/udp" } else { "/proc/net/tcp" };
    let entry = format!(" 0100007F:{port:04X} ");
    let listens = || fs::read_to_string(table).is_ok_and(|sockets| sockets.contains(&entry));
    until(&format!("sipp listens on port {port}"), listens);
    (receiver, port)
}

/// SIPp is a proxy in front of the server: what its users register goes through it, and so has what is sent to them.
#[track_caller]
fn expect_delivery_down_the_path(by: By) {
    let server = Server::builder()
        .children(1)
        .tcp()
        .param("deliver_to", "contacts")
        .without_param("outbound_proxy")
        .modparam("registrar", "use_path", 1)
        .start();
    let Some(sipp) = Sipp::find(by, &server) else { return };
    sipp.start("store", MESSAGES, &["-r", "200"]).expect_success();
    let (receiver, port) = listening(&sipp, "receive_routed");
    let transport = if by == By::Udp { "" } else { ";transport=tcp" };
    let path = format!("sip:edge@127.0.0.1:{port}{transport};lr");
    let arguments = ["-key", "contact", "sip:bob@192.0.2.7", "-key", "path", &path];
    sipp.start("register_path", 1, &arguments).expect_success();
    receiver.expect_success();
    server.table().wait_until_empty();
    assert_eq!(server.statistic("failed_messages"), 0);
}

#[test]
fn a_proxy_with_path_in_front_gets_fifty_messages_over_udp_with_its_route() {
    differs(|| expect_delivery_down_the_path(By::Udp));
}

#[test]
fn a_proxy_with_path_in_front_gets_fifty_messages_over_tcp_with_its_route() {
    differs(|| expect_delivery_down_the_path(By::Tcp));
}

#[test]
fn fifty_messages_over_udp_are_stored_and_delivered() {
    expect_delivery(By::Udp);
}

#[test]
fn fifty_messages_over_tcp_are_stored_and_delivered() {
    expect_delivery(By::Tcp);
}
