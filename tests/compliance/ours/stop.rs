//! A clean stop: what can be known of the messages in flight is, and nothing holds the process that writes it down.

use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use super::process::{delivery_processes, is_alive};
use crate::bind::Module;
use crate::differences::differs;
use crate::harness::{send_signal, until, within, Agent, Answer, NewRow, Server};
use crate::skip::with_sql;

/// What the kernel says of a process in a file such as `stat`; nothing if it has ended.
fn proc(pid: u32, file: &str) -> String {
    fs::read_to_string(Path::new("/proc").join(pid.to_string()).join(file)).unwrap_or_default()
}

/// Whether a signal waits until the process goes on.
fn is_pending(pid: u32, signal: i32) -> bool {
    let status = proc(pid, "status");
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    pending.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).is_some_and(|set| set >> (signal - 1) & 1 == 1)
}

/// The time that the process has worked, in the kernel's ticks.
fn worked(pid: u32) -> u64 {
    let stat = proc(pid, "stat");
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// The processes that take SIP.
fn workers(server: &Server) -> Vec<u32> {
    let all = server.rpc().processes().expect("core.psx answers");
    all.into_iter().filter(|(_, name)| name.starts_with("udp receiver")).map(|(pid, _)| pid).collect()
}

/// Stops the server while its workers stand still, so that they do not read another datagram.
fn stop_with_idle_workers(server: &mut Server, workers: &[u32]) {
    thread::scope(|scope| {
        scope.spawn(|| {
            until("the workers are told to end", || workers.iter().all(|&pid| is_pending(pid, libc::SIGTERM)));
            workers.iter().for_each(|&pid| send_signal(pid as i32, libc::SIGCONT));
        });
        server.stop();
    });
}

fn stand_still(workers: &[u32]) {
    workers.iter().for_each(|&pid| send_signal(pid as i32, libc::SIGSTOP));
    until("the workers stand still", || workers.iter().all(|&pid| proc(pid, "stat").contains(") T ")));
}

/// C sends them again.
#[test]
fn what_was_answered_and_read_by_no_worker_is_deleted_at_a_stop() {
    differs(|| {
        // Not even on a slow machine is tm to give up one of them before the last has arrived.
        let patient = Server::builder().children(4).param("check_time", 60).modparam("tm", "fr_timer", 60_000);
        let mut server = patient.start();
        let agents: Vec<Agent> = (0..20).map(|number| server.agent(&format!("user-{number}"))).collect();
        for agent in &agents {
            agent.answer(Answer::Silence);
            server.table().insert(&NewRow::text("alice", agent.name(), server.domain(), "hello"));
            agent.register();
        }
        let messages: Vec<_> = agents.iter().map(|agent| (agent, agent.receive())).collect();
        let workers = workers(&server);
        stand_still(&workers);
        messages.iter().for_each(|(agent, message)| agent.reply(message, 200, "OK"));
        stop_with_idle_workers(&mut server, &workers);
        assert_eq!(server.table().count(), 0, "rows after the stop");
    });
}

#[test]
fn what_was_refused_and_read_by_no_worker_stays_at_a_stop() {
    let mut server = Server::start();
    let bob = server.agent("bob");
    bob.answer(Answer::Silence);
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    let message = bob.receive();
    let workers = workers(&server);
    stand_still(&workers);
    bob.reply(&message, 480, "Temporarily Unavailable");
    stop_with_idle_workers(&mut server, &workers);
    assert_eq!(server.table().count(), 1, "rows after the stop");
}

/// A worker that ends while it holds the lock of the allocator takes it along.
#[test]
fn a_stop_deletes_what_was_answered_although_a_worker_has_ended_with_the_lock_of_the_memory() {
    let Some(module) = Module::compile() else { return };
    if !with_sql() {
        return;
    }
    differs(|| {
        let routes = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        if ($hdr(X-Save) == $null) { save("location"); } else { sl_send_reply("200", "OK"); }
        m_dump();
        exit;
    }
    if ($rU == "holder") { hold_memory(); }
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
}
"#;
        let server = Server::builder().load(&module.path()).script(|script| script.routes = Some(routes.into()));
        let mut server = server.start();
        server.expect_log_error("the trigger refuses");
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.table().insert(&NewRow::text("alice", "carol", server.domain(), "hello"));
        server.table().refuse_deletes("old.username = 'bob'");
        bob.register();
        bob.receive();
        server.wait_for_log("the trigger refuses");

        alice.message("holder").text("hello").send_only();
        server.wait_for_log("the memory is held");
        let before = worked(delivery);
        // To save the contact takes memory.
        let carol = server.agent("carol");
        carol.registration().contact(&carol.contact()).header("X-Save: no").send().expect_code(200);
        // Where a lock is waited for in the kernel, there is nothing to be seen.
        let _ = within(Duration::from_secs(2), || (worked(delivery) > before + 10).then_some(()));
        server.table().allow_deletes();
        send_signal(server.pid() as i32, libc::SIGTERM);
        until("the delivery process has ended", || !is_alive(delivery));
        server.kill_9();
        assert_eq!((server.table().count_of("bob"), server.table().count_of("carol")), (0, 1), "rows of bob, of carol");
    });
}

/// As where the transaction module waits for a name server, or for a lock that a worker has taken along.
#[test]
fn a_stop_deletes_what_was_answered_although_a_message_is_stuck_in_the_transaction_module() {
    let Some(module) = Module::compile() else { return };
    if !with_sql() {
        return;
    }
    differs(|| {
        let mut server = Server::builder().load(&module.path());
        let event_route = "\nevent_route[tm:local-request] { if ($rU == \"carol\") hang(); }\n";
        server = server.script(|script| script.routes = Some(script.text() + event_route));
        let mut server = server.start();
        server.expect_log_error("the trigger refuses");
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        let (bob, carol) = (server.agent("bob"), server.agent("carol"));
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.table().insert(&NewRow::text("alice", "carol", server.domain(), "hello"));
        server.table().refuse_deletes("old.username = 'bob'");
        bob.register();
        bob.receive();
        server.wait_for_log("the trigger refuses");
        carol.register();
        server.wait_for_log("hanging");
        server.table().allow_deletes();
        send_signal(server.pid() as i32, libc::SIGTERM);
        until("the delivery process has ended", || !is_alive(delivery));
        server.kill_9();
        assert_eq!((server.table().count_of("bob"), server.table().count_of("carol")), (0, 1), "rows of bob, of carol");
    });
}
