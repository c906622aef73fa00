//! The order of delivery.

use crate::harness::{NewRow, Server};

#[test]
fn messages_are_delivered_in_the_order_they_were_stored() {
    // One SIP process: with more of them the server itself may overtake on the way.
    let server = Server::builder().children(1).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    for number in 0..20 {
        alice.message("bob").body("text/x-number", format!("{number}").as_bytes()).send().expect_code(202);
    }
    bob.register();
    let got: Vec<String> = bob.receive_all(20).iter().map(|message| message.text()).collect();
    let wanted: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(got, wanted);
    server.table().wait_until_empty();
}

#[test]
fn the_order_is_that_of_the_ids_not_of_the_times() {
    let server = Server::builder().children(1).start();
    let bob = server.agent("bob");
    for number in 0..5 {
        let mut row = NewRow::text("alice", "bob", server.domain(), &number.to_string());
        row.inc_time -= number;
        server.table().insert(&row);
    }
    bob.register();
    let got = bob.receive_all(5);
    let got: Vec<String> =
        got.iter().map(|message| message.text().split("] ").last().unwrap_or_default().to_owned()).collect();
    assert_eq!(got, ["0", "1", "2", "3", "4"]);
    server.table().wait_until_empty();
}
