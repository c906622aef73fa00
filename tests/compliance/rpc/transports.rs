//! The commands work in each way to ask the server: ctl with kamcmd, a socket of jsonrpcs, and HTTP.

use serde_json::{json, Value};

use super::{ask, builder, owner, put, row, start, COMMANDS};
use crate::differences::differs;
use crate::harness::{over_http, until, Server};

#[test]
fn each_command_answers_the_same_over_http_and_over_a_socket() {
    differs(|| {
        let server = start(builder());
        let id = put(&server, "bob", "1");
        let arguments = |command: &str| -> Vec<Value> {
            match command {
                "count" | "list" | "dump" | "inbox" => vec![owner("bob")],
                "show" | "rm" => vec![json!(id)],
                "purge" => vec![owner("carol")],
                _ => vec![],
            }
        };
        for command in COMMANDS {
            if command == "rm" {
                continue;
            }
            if command == "inbox" {
                until("the dump is over", || ask(&server, command, &arguments(command))["state"] == "nothing");
            }
            let mut answers = [ask(&server, command, &arguments(command)), http(&server, command, &arguments(command))];
            // Time goes on between the two.
            answers.iter_mut().for_each(without_ages);
            let names = |answer: &Value| -> Vec<String> {
                let fields = if answer.is_array() { &answer[0] } else { answer };
                fields.as_object().expect("fields").keys().cloned().collect()
            };
            assert_eq!(names(&answers[0]), names(&answers[1]), "{command}");
            if ["summary", "count", "list", "show"].contains(&command) {
                assert_eq!(answers[0], answers[1], "{command}");
            }
        }
        assert_eq!(http(&server, "rm", &[json!(id)]), json!({"removed": 1}));
        let missing = over_http(server.address(), "msilo.rm", &[json!(id)]);
        assert_eq!(missing.map_err(|(code, _)| code), Err(404));
    });
}

/// Sets ages to nought.
fn without_ages(answer: &mut Value) {
    let fields = if answer.is_array() { &mut answer[0] } else { answer };
    for (_, age) in fields.as_object_mut().into_iter().flatten().filter(|(name, _)| name.ends_with("age")) {
        *age = json!(0);
    }
}

#[track_caller]
fn http(server: &Server, command: &str, arguments: &[Value]) -> Value {
    let answer = over_http(server.address(), &format!("msilo.{command}"), arguments);
    answer.unwrap_or_else(|fault| panic!("msilo.{command}: {fault:?}"))
}

#[test]
fn kamcmd_prints_what_a_person_can_read() {
    differs(|| {
        let server = start(builder());
        let id = put(&server, "bob", "hello");
        let call = |command: &[&str]| server.rpc().call(command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let summary = call(&["msilo.summary"]);
        assert!(summary.contains("\tmessages: 1\n") && summary.contains("\tinboxes: 1\n"), "{summary}");
        let list = call(&["msilo.list", "bob@example.test"]);
        for line in [&format!("\tid: {id}\n"), "\tfrom: sip:alice@example.test\n", "\tstate: waiting\n"] {
            assert!(list.contains(line), "{list}");
        }
        // Times are whole numbers of seconds there, too.
        let stored = server.table().only_row().inc_time;
        assert!(list.contains(&format!("\tstored: {stored}\n")), "{list}");
        let processes = call(&["msilo.processes"]);
        assert!(processes.contains("\tindex: 0\n") && processes.contains("\talive: 1\n"), "{processes}");
        assert!(call(&["msilo.show", &id.to_string(), "body"]).contains("\tbody: hello\n"));
        assert!(call(&["msilo.inbox", "bob@example.test"]).contains("\tstate: nothing\n"));
        assert!(call(&["msilo.purge", "expired", "10"]).contains("\tremoved: 0\n"));
        assert!(call(&["msilo.rm", &id.to_string()]).contains("\tremoved: 1\n"));
        let error = server.rpc().call(&["msilo.rm", &id.to_string()]).unwrap_err();
        assert!(error.starts_with(&format!("error: 404 - there is no message {id}")), "{error}");
        let help = call(&["help", "msilo.purge"]);
        assert!(help.contains("Removes messages"), "{help}");
    });
}

/// A page of the largest size is larger than a datagram, and than what ctl has memory for.
#[test]
fn a_page_of_a_thousand_comes_over_http() {
    differs(|| {
        let server = start(builder().private_memory(32));
        let rows: Vec<_> = (0..1100).map(|number| row(&server, "bob", &number.to_string())).collect();
        server.table().insert_all(&rows);
        let page = http(&server, "list", &[owner("bob"), json!(1000)]);
        assert_eq!(page.as_array().map(Vec::len), Some(1000));
        let rest = http(&server, "list", &[owner("bob"), json!(1000), page[999]["id"].clone()]);
        assert_eq!(rest.as_array().map(Vec::len), Some(100));
    });
}

#[test]
fn what_is_too_long_for_ctl_is_a_fault_that_says_so() {
    differs(|| {
        let server = start(builder());
        server.expect_log_error("ERROR");
        let id = server.table().insert(&row(&server, "bob", &"long ".repeat(4000)));
        let error = server.rpc().call(&["msilo.show", &id.to_string(), "body"]).unwrap_err();
        assert!(error.contains("500 - the answer is too large for this way of asking"), "{error}");
        let body = http(&server, "show", &[json!(id), json!("body")])["body"].clone();
        assert_eq!(body.as_str().map(str::len), Some(20_000));
    });
}
