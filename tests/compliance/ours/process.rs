//! The delivery process: listed by the server, ended with it, and never with an answered message undone.

use std::fs;
use std::time::{Duration, Instant};

use crate::differences::differs;
use crate::harness::{send_signal, until, within, Agent, Answer, NewRow, Server};

/// The pids of the server's delivery processes.
pub fn delivery_processes(server: &Server) -> Vec<u32> {
    let all = server.rpc().processes().expect("core.psx answers");
    all.into_iter().filter(|(_, name)| name == "MSILO delivery").map(|(pid, _)| pid).collect()
}

#[test]
fn core_psx_lists_one_delivery_process() {
    differs(|| assert_eq!(delivery_processes(&Server::start()).len(), 1));
}

#[test]
fn core_psx_lists_as_many_as_delivery_processes_says() {
    differs(|| {
        let server = Server::builder().param("delivery_processes", 3).start();
        assert_eq!(delivery_processes(&server).len(), 3);
    });
}

#[test]
fn three_delivery_processes_deliver_every_inbox_in_order() {
    differs(|| {
        let server = Server::builder().children(4).param("delivery_processes", 3).start();
        let agents: Vec<Agent> = (0..9).map(|number| server.agent(&format!("user-{number}"))).collect();
        for body in 0..10 {
            for agent in &agents {
                let mut row = NewRow::text("alice", agent.name(), server.domain(), &body.to_string());
                row.ctype = "text/x-number".into();
                server.table().insert(&row);
            }
        }
        agents.iter().for_each(Agent::register);
        let wanted: Vec<String> = (0..10).map(|body| body.to_string()).collect();
        for agent in &agents {
            let got: Vec<String> = agent.receive_all(10).iter().map(|message| message.text()).collect();
            assert_eq!(got, wanted, "{}", agent.name());
        }
        server.table().wait_until_empty();
    });
}

/// The promise is a quarter of a second. A machine that is busy with other tests may need longer now and then, so that
/// is what the quickest of five has to keep, and none may take more than a second.
#[test]
fn a_delivered_row_is_gone_within_250_milliseconds() {
    differs(|| {
        let server = Server::builder().param("check_time", 60).start();
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        let mut quickest = Duration::MAX;
        for _ in 0..5 {
            server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
            bob.register();
            let message = bob.receive();
            bob.reply(&message, 200, "OK");
            let answered = Instant::now();
            let gone = within(Duration::from_secs(1), || (server.table().count() == 0).then(|| answered.elapsed()));
            quickest = quickest.min(gone.expect("the row is gone within a second of its 200"));
        }
        assert!(quickest <= Duration::from_millis(250), "the quickest row was gone after {quickest:?}");
    });
}

/// It hangs when its database does.
#[test]
fn registers_while_the_delivery_process_hangs_leave_the_server_its_memory() {
    differs(|| {
        let server = Server::builder().param("extra_hdrs", format!("X-Long: {}\r\n", "x".repeat(7000))).start();
        server.expect_log_error("the server has too little shared memory");
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        send_signal(delivery as i32, libc::SIGSTOP);
        // An eighth of 64 MB is full after some 1150 of them, however long that takes.
        let refused = || server.log().count("m_dump returned -1") > 0;
        let registered = (0..30).take_while(|_| {
            (0..100).for_each(|_| bob.register());
            !refused()
        });
        assert!(registered.count() < 30 && refused(), "3000 were taken for the process that hangs");
        alice.message("carol").text("hello").send().expect_code(202);
        assert!(server.log().count("ERROR: msilo") < 20, "more than a line a second");
        send_signal(delivery as i32, libc::SIGCONT);
        assert!(bob.receive().text().ends_with("] hello"));
        until("bob's row is deleted", || server.table().count_of("bob") == 0);
    });
}

#[test]
fn sigterm_right_after_the_200s_leaves_no_answered_row_behind() {
    differs(|| {
        let mut server = Server::builder().param("check_time", 60).start();
        let agents: Vec<Agent> = (0..10).map(|number| server.agent(&format!("user-{number}"))).collect();
        for agent in &agents {
            agent.answer(Answer::Silence);
            server.table().insert(&NewRow::text("alice", agent.name(), server.domain(), "hello"));
            agent.register();
        }
        let messages: Vec<_> = agents.iter().map(|agent| (agent, agent.receive())).collect();
        for (agent, message) in &messages {
            agent.reply(message, 200, "OK");
        }
        // Else some of them may still be in the server's socket. C counts them as reminders.
        let counted = || server.statistic("dumped_messages") + server.statistic("dumped_reminders");
        until("the server has the answers", || counted() == 10);
        server.stop();
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn kill_9_of_the_main_process_ends_the_delivery_process() {
    differs(|| {
        let mut server = Server::start();
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        send_signal(server.pid() as i32, libc::SIGKILL);
        until("the delivery process has ended", || !is_alive(delivery));
        server.kill_9();
    });
}

/// Whether there is such a process, and it has not ended.
pub fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
