//! The same REGISTER at several servers: each message comes once.

use super::{fill, is_from, number};
use crate::harness::{Answer, Cluster};
use crate::skip::with_sql;

/// What `shared_table` is for. The phone answers when it has heard both, so that both have read the inbox by then.
#[test]
fn two_servers_that_do_not_know_of_each_other_deliver_everything_twice() {
    if !with_sql() {
        return;
    }
    const COUNT: usize = 20;
    let cluster = Cluster::start(2, |_, builder| builder);
    fill(&cluster, "bob", COUNT);
    let bob = cluster[0].agent("bob");
    bob.answer(Answer::Silence);
    bob.register_at(&cluster);
    let (mut got, mut held, mut heard) = (Vec::new(), Vec::new(), [false; 2]);
    while got.len() < 2 * COUNT {
        let message = bob.receive();
        heard = [0, 1].map(|server| heard[server] || is_from(&message, &cluster[server]));
        got.push(number(&message));
        held.push(message);
        if heard == [true; 2] {
            held.drain(..).for_each(|message| bob.reply(&message, 200, "OK"));
        }
    }
    got.sort_unstable();
    assert_eq!(got, (1..=COUNT).flat_map(|number| [number; 2]).collect::<Vec<_>>());
    cluster[0].table().wait_until_empty();
}
