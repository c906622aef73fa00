//! One process for all (`fork=no`), and the delivery process beside it.

use std::path::Path;

use super::process::{delivery_processes, is_alive};
use crate::differences::differs;
use crate::harness::{send_signal, until, Answer, NewRow, Server};

#[test]
fn with_fork_no_core_psx_lists_the_delivery_process() {
    differs(|| assert_eq!(delivery_processes(&Server::builder().no_fork().start()).len(), 1));
}

#[test]
fn with_fork_no_a_stop_deletes_what_was_answered() {
    differs(|| {
        let mut server = Server::builder().no_fork().param("check_time", 60).start();
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        bob.register();
        let message = bob.receive();
        bob.reply(&message, 200, "OK");
        server.stop();
        assert_eq!(server.table().count(), 0);
    });
}

/// A server with `fork=no` whose delivery process has been killed. To be ended with `kill_9`: the harness takes a
/// process that a signal ended for a crash.
fn orphaned() -> Server {
    let server = Server::builder().no_fork().start();
    let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
    // It has begun its work: one that has not even started counts as one that will.
    server.agent("alice").message("carol").text("hello").send().expect_code(202);
    let carol = server.agent("carol");
    carol.register();
    carol.receive();
    server.table().wait_until_empty();
    send_signal(delivery as i32, libc::SIGKILL);
    until("the delivery process has ended", || !Path::new(&format!("/proc/{delivery}")).exists());
    server
}

#[test]
fn with_fork_no_m_dump_returns_minus_one_and_says_so_when_the_delivery_process_is_gone() {
    differs(|| {
        let mut server = orphaned();
        server.agent("bob").register();
        server.wait_for_log("m_dump returned -1");
        server.wait_for_log("the process \"MSILO delivery\" has ended; restart the server");
        server.kill_9();
    });
}

#[test]
fn with_fork_no_the_server_lives_on_when_the_delivery_process_is_gone() {
    differs(|| {
        let mut server = orphaned();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        assert_eq!(server.table().count(), 1);
        assert!(server.is_running());
        server.kill_9();
    });
}

/// Its workers live on.
#[test]
fn m_dump_returns_minus_one_and_says_so_when_the_main_process_was_killed() {
    differs(|| {
        let mut server = Server::start();
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        send_signal(server.pid() as i32, libc::SIGKILL);
        until("the delivery process has ended", || !is_alive(delivery));
        server.agent("bob").register();
        server.wait_for_log("m_dump returned -1");
        server.wait_for_log("the process \"MSILO delivery\" has ended; restart the server");
        server.kill_9();
    });
}

#[test]
fn the_server_ends_when_the_delivery_process_is_killed() {
    differs(|| {
        let mut server = Server::start();
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        send_signal(delivery as i32, libc::SIGKILL);
        until("the server has ended", || !server.is_running());
        server.kill_9();
    });
}
