//! Many messages, or many phones, at once.

use std::thread;

use super::{all, fill, numbers, sorted};
use crate::differences::differs;
use crate::harness::{Agent, Server};

/// C: the burst overruns the server's socket, and a part of it does not arrive at that REGISTER.
#[test]
fn five_thousand_messages_arrive_at_one_register_through_one_process() {
    differs(|| {
        const COUNT: usize = 5000;
        let server = Server::builder().children(1).start();
        let bob = server.agent("bob");
        fill(&server, "bob", COUNT);
        bob.register();
        assert_eq!(numbers(&bob, COUNT), all(COUNT));
        server.table().wait_until_empty();
        assert_eq!(server.statistic("failed_messages"), 0);
    });
}

/// C: the same.
#[test]
fn in_a_storm_of_registers_everybody_gets_what_is_theirs_once() {
    differs(|| {
        const USERS: usize = 120;
        const EACH: usize = 5;
        const REGISTERS: usize = 3;
        let server = Server::builder().children(8).start();
        let agents: Vec<Agent> = (0..USERS).map(|user| server.agent(&format!("user-{user}"))).collect();
        agents.iter().for_each(|agent| fill(&server, agent.name(), EACH));
        thread::scope(|scope| {
            for group in agents.chunks(USERS / 8) {
                scope.spawn(move || (0..REGISTERS).for_each(|_| group.iter().for_each(Agent::register)));
            }
        });
        for agent in &agents {
            assert_eq!(sorted(numbers(agent, EACH)), all(EACH), "{}", agent.name());
        }
        server.table().wait_until_empty();
        server.settle();
        assert!(agents.iter().all(|agent| agent.waiting() == 0), "something came twice");
    });
}
