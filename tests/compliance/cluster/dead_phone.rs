//! A server waits for a phone that it cannot reach, and holds its inbox meanwhile.

use super::{fill, is_from, number, receive, settle, sharing};
use crate::differences::differs;
use crate::harness::{Answer, Cluster, SipMessage};
use crate::skip::with_sql;

/// A phone that the second server does not reach. It says which messages that one has sent.
fn out_of_reach_of_the_second(cluster: &Cluster) -> impl Fn(&SipMessage) -> Answer + Send + 'static {
    let second = format!("{};", cluster[1].address());
    move |message| match message.header("Via") {
        Some(via) if via.contains(&second) => Answer::Silence,
        _ => Answer::Ok,
    }
}

#[test]
fn a_register_at_another_server_is_served_when_the_first_has_given_its_dead_phone_up() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let cluster = sharing(2);
        fill(&cluster, "bob", 3);
        let bob = cluster[0].agent("bob");
        bob.answer_with(out_of_reach_of_the_second(&cluster));
        bob.register_at(&cluster[1..]);
        assert!(is_from(&bob.receive(), &cluster[1]), "sent by the other");
        bob.register_at(&cluster[..1]);
        let message = receive(&bob);
        assert_eq!((number(&message), is_from(&message, &cluster[0])), (1, true));
        // Not before: it is counted before it is given up.
        assert_eq!(cluster[1].statistic("failed_messages"), 1, "sent while the other still waited");
        let rest: Vec<usize> = bob.receive_all(2).iter().map(number).collect();
        assert_eq!(rest, [2, 3]);
        cluster[0].table().wait_until_empty();
        settle(&cluster);
        assert_eq!(bob.waiting(), 0, "something came again");
    });
}

/// The phone's inbox is busy for as long as the other waits: the messages of everybody else go on.
#[test]
fn an_inbox_that_another_server_holds_does_not_hold_up_the_others() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let cluster = sharing(2);
        fill(&cluster, "bob", 2);
        fill(&cluster, "carol", 2);
        let (bob, carol) = (cluster[0].agent("bob"), cluster[0].agent("carol"));
        bob.answer_with(out_of_reach_of_the_second(&cluster));
        bob.register_at(&cluster[1..]);
        bob.receive();
        bob.register_at(&cluster[..1]);
        carol.register_at(&cluster[..1]);
        let got: Vec<usize> = carol.receive_all(2).iter().map(number).collect();
        assert_eq!(got, [1, 2]);
        assert_eq!([number(&receive(&bob)), number(&receive(&bob))], [1, 2]);
        cluster[0].table().wait_until_empty();
    });
}
