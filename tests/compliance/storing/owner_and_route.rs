//! Whose inbox, and from which routes.

use crate::harness::{until, NewRow, Server};

/// A server with that call, a message for each of two users, and a REGISTER by carol on behalf of bob.
#[track_caller]
fn expect_inbox_of(dump: &str, wanted: &str) {
    let builder = Server::builder().script(|script| {
        // The first REGISTER of each is not to deliver anything, at whatever time the server comes to it.
        script.before_dump = "if ($fU == $tU) exit;".into();
        script.dump = dump.into();
    });
    let server = builder.start();
    let (bob, carol) = (server.agent("bob"), server.agent("carol"));
    for user in [&bob, &carol] {
        user.register();
        server.table().insert(&NewRow::text("alice", user.name(), server.domain(), user.name()));
    }
    let registration = bob.registration().from("<sip:carol@example.test>;tag=1");
    registration.contact(&format!("<{}>", bob.contact())).expires(600).send().expect_code(200);
    let (gets, waits) = if wanted == "bob" { (&bob, &carol) } else { (&carol, &bob) };
    assert!(gets.receive().text().ends_with(&format!("] {wanted}")));
    until("the message is deleted", || server.table().count() == 1);
    assert_eq!((server.table().only_row().username.as_str(), waits.waiting()), (waits.name(), 0));
}

#[test]
fn m_dump_without_an_owner_takes_it_from_the_to_uri() {
    expect_inbox_of("m_dump()", "bob");
}

#[test]
fn m_dump_with_the_from_uri_as_its_owner_takes_that() {
    expect_inbox_of("m_dump(\"$fu\")", "carol");
}

#[test]
fn m_dump_takes_any_pseudo_variable_as_its_owner() {
    expect_inbox_of("$var(inbox) = \"sip:carol@example.test\"; m_dump(\"$var(inbox)\")", "carol");
}

#[test]
fn m_store_takes_any_text_with_pseudo_variables_as_its_owner() {
    let store = r#"$var(box) = "silo"; m_store("sip:$rU-$var(box)@else.test")"#;
    let server = Server::builder().script(|script| script.store = store.into()).start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob-silo", "else.test"));
}

/// Starts a server with one more route, and proves that it is refused because of that function.
#[track_caller]
fn expect_refused_in(route: &str, call: &str) {
    let routes = format!("request_route {{ sl_send_reply(\"200\", \"OK\"); exit; }}\n{route} {{ {call}; }}\n");
    let refusal = Server::builder().script(|script| script.routes = Some(routes)).start_refused();
    let name = call.split('(').next().unwrap_or_default();
    assert!(refusal.log.contains(name), "{name} is not named:\n{}", refusal.log);
}

#[test]
fn m_store_is_refused_in_onreply_route() {
    expect_refused_in("onreply_route", "m_store()");
}

#[test]
fn m_store_is_refused_in_branch_route() {
    expect_refused_in("branch_route[1]", "m_store(\"$ru\")");
}

#[test]
fn m_dump_is_refused_in_onreply_route() {
    expect_refused_in("onreply_route", "m_dump()");
}

#[test]
fn a_request_that_the_script_stores_twice_is_two_rows() {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 60);
    let server = builder
        .param("snd_time_avp", "$avp(snd_time)")
        .script(|script| {
            script.before_store = "m_store(\"$ru\"); $avp(snd_time) = \"20300102030405\";".into();
        })
        .start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let mut times: Vec<_> = server.table().rows().iter().map(|row| row.snd_time).collect();
    times.sort_unstable();
    assert_eq!(times, [0, 1_893_553_445]);
}
