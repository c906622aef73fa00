//! The harness itself: it has to notice what it promises to notice.

use std::net::UdpSocket;
use std::thread;

use crate::harness::{failure_of, send_signal, stack, until, waits_for_a_dead_timer, Answer, Server};
use crate::skip::missing;

/// A script that logs at the level of an error when a MESSAGE comes.
fn server_that_logs_an_error() -> Server {
    let server =
        Server::builder().script(|script| script.before_store = "xlog(\"L_ERR\", \"oops\\n\");".into()).start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("oops");
    server
}

#[test]
#[should_panic(expected = "the server logged errors")]
fn an_error_in_the_log_fails_the_test() {
    server_that_logs_an_error().stop();
}

#[test]
fn an_error_that_was_announced_does_not() {
    let mut server = server_that_logs_an_error();
    server.expect_log_error("oops");
    server.stop();
}

#[test]
fn long_lines_of_several_processes_do_not_mix() {
    let line = format!("begins {} ends", "x".repeat(300));
    let many =
        format!("$var(n) = 0; while ($var(n) < 50) {{ xlog(\"L_INFO\", \"{line}\\n\"); $var(n) = $var(n) + 1; }}");
    let builder = Server::builder().children(4).script(|script| script.before_store = many);
    // Not stored: C cannot with so many at a time on SQLite.
    let server = builder.script(|script| script.store = "t_reply(\"202\", \"Accepted\")".into()).start();
    thread::scope(|scope| {
        for sender in 0..4 {
            let agent = server.agent(&format!("sender-{sender}"));
            scope.spawn(move || (0..5).for_each(|_| drop(agent.message("bob").text("hello").send().expect_code(202))));
        }
    });
    assert_eq!(server.log().count(&line), 4 * 5 * 50);
}

#[test]
#[should_panic(expected = "the server had ended before it was stopped")]
fn a_server_that_crashed_fails_the_test() {
    let mut server = Server::start();
    let (pid, _) = server.rpc().processes().expect("core.psx answers")[1];
    send_signal(pid as i32, libc::SIGSEGV);
    until("the server has ended", || !server.is_running());
    server.stop();
}

#[test]
#[should_panic(expected = "waited 10s in vain for a MESSAGE")]
fn a_message_that_does_not_come_fails_the_test() {
    let server = Server::start();
    server.agent("bob").receive();
}

#[test]
#[should_panic(expected = "bob was sent malformed SIP: no empty line ends the headers")]
fn a_malformed_message_fails_the_test() {
    let server = Server::start();
    let bob = server.agent("bob");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket can be bound");
    socket.send_to(b"MESSAGE sip:bob@example.test SIP/2.0\r\n", bob.address()).expect("bob's socket is open");
    bob.receive();
}

#[test]
fn an_expected_failure_is_seen_without_the_log_of_the_server() {
    let failure = failure_of(|| server_that_logs_an_error().stop()).expect("an error in the log is a failure");
    assert!(failure.message.starts_with("the server logged errors"), "{}", failure.message);
    assert!(!failure.message.contains("=== log of the server"), "{}", failure.message);
    assert!(failure.printed.contains("=== SIP exchange"), "{}", failure.printed);
    assert!(failure_of(|| {}).is_none());
}

#[test]
#[should_panic(expected = "the reply is \"SIP/2.0 404")]
fn another_reply_than_the_expected_one_fails_the_test() {
    let server = Server::builder().script(|script| script.store = "t_reply(\"404\", \"Not Found\")".into()).start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
}

#[test]
fn what_the_agents_say_is_what_they_hear() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    bob.register();
    let body: Vec<u8> = (0..=255).collect();
    let message = alice.message("bob").header("X-Odd:  a  b ").body("application/octet-stream", &body);
    message.send().expect_code(200);
    let heard = bob.receive();
    assert_eq!(heard.body(), body);
    assert_eq!(heard.header("x-odd"), Some("a  b"));
    assert!(String::from_utf8_lossy(heard.raw()).contains("\r\nX-Odd:  a  b \r\n"));
}

#[test]
fn a_request_that_comes_again_is_counted_and_not_received_twice() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    bob.register();
    bob.answer(Answer::Silence);
    let request = alice.message("bob").text("hello").bytes();
    alice.send_raw(&request);
    let message = bob.receive();
    until("it comes again", || bob.retransmissions() > 0);
    bob.reply(&message, 200, "OK");
    alice.exchange_request(&request).expect_code(200);
    assert_eq!(bob.waiting(), 0);
}

#[test]
fn the_stack_of_a_process_is_seen() {
    let server = Server::start();
    let stack = stack(server.pid());
    if stack.starts_with("no stack: gdb does not run") {
        missing("there is no gdb: install the package");
        return;
    }
    assert!(stack.contains("main_loop"), "{stack}");
    assert!(!waits_for_a_dead_timer(&stack), "{stack}");
}

#[test]
fn only_a_main_process_that_waits_for_a_timer_lock_in_its_clean_up_is_let_off() {
    // As gdb shows it of a Kamailio 6.0.1 without msilo, whose timer process was ended while it held the lock.
    let seen = "#0  0x00007fed7789b6b9 in syscall () from /lib/x86_64-linux-gnu/libc.so.6\n\
                #1  0x000056008238325c in timer_del_safe ()\n\
                #2  0x00005600821c8f49 in destroy_dns_cache ()\n\
                #3  0x00005600821738a7 in cleanup ()\n\
                #4  0x000056008217465d in ?? ()\n\
                #5  0x0000560082174b69 in handle_sigs ()";
    assert!(waits_for_a_dead_timer(seen));
    let blocklist = seen.replace("destroy_dns_cache", "destroy_dst_blocklist");
    assert!(waits_for_a_dead_timer(&blocklist));
    let module = seen.replace("destroy_dns_cache", "destroy_modules");
    assert!(!waits_for_a_dead_timer(&module));
    let elsewhere = seen.replace("timer_del_safe", "qm_shm_free");
    assert!(!waits_for_a_dead_timer(&elsewhere));
}

/// Else what a server of another test still sends to the first would come to the second.
#[test]
fn an_agent_does_not_get_the_port_of_one_that_is_gone() {
    let server = Server::start();
    let mut ports: Vec<u16> = (0..300).map(|_| server.agent("bob").address().port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 300);
}
