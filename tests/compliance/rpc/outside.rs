//! Owners and ids come from outside, and may be anything.

use serde_json::{json, Value};

use super::{ask, builder, fault, put, row, start, try_ask};
use crate::differences::differs;

/// What would do harm if it became part of a statement, and is the user part of a URI all the same.
const HOSTILE: [&str; 5] = ["x' OR '1'='1", "x'; DELETE FROM silo; --", "x\\' OR 1=1 #", "%", "_ob"];

#[test]
fn an_owner_never_means_anything_but_that_owner() {
    differs(|| {
        let server = start(builder());
        put(&server, "bob", "1");
        put(&server, "carol", "2");
        for user in HOSTILE {
            for owner in [format!("sip:{user}@example.test"), format!("bob@example.test{user}"), user.to_owned()] {
                for command in ["count", "list", "dump", "inbox", "purge"] {
                    match try_ask(&server, command, &[json!(owner)]) {
                        Err((code, text)) => assert_eq!(code, 400, "{command} {owner}: {text}"),
                        Ok(answer) => {
                            let nothing = [&answer["messages"], &answer["queued"], &answer["removed"]];
                            assert!(nothing.iter().all(|count| count.is_null() || **count == 0), "{owner}: {answer}");
                            assert!(answer.as_array().is_none_or(Vec::is_empty), "{owner}: {answer}");
                        }
                    }
                }
            }
        }
        assert_eq!(server.table().count(), 2);
    });
}

#[test]
fn an_owner_with_quotes_is_found_and_nobody_else() {
    differs(|| {
        let server = start(builder());
        put(&server, "o'brien", "1");
        put(&server, "žofie", "2");
        put(&server, "bob", "3");
        for user in ["o'brien", "žofie"] {
            let owner = [json!(format!("sip:{user}@example.test"))];
            assert_eq!(ask(&server, "count", &owner)["messages"], 1, "{user}");
            assert_eq!(ask(&server, "list", &owner).as_array().map(Vec::len), Some(1), "{user}");
            assert_eq!(ask(&server, "purge", &owner), json!({"removed": 1, "in_flight": 0, "more": 0}), "{user}");
        }
        assert_eq!(server.table().only_row().username, "bob");
    });
}

#[test]
fn an_id_is_a_number_and_nothing_else() {
    differs(|| {
        let server = start(builder());
        let id = put(&server, "bob", "1");
        let hostile =
            [json!(format!("{id} OR 1=1")), json!(format!("{id}; DELETE FROM silo")), json!("0x1"), json!(-1)];
        for command in ["rm", "show"] {
            for text in &hostile {
                let (code, text) = fault(&server, command, std::slice::from_ref(text));
                assert!(code == 400, "{command}: {code} {text}");
            }
            assert_eq!(fault(&server, command, &[]).0, 400);
            assert_eq!(fault(&server, command, &[json!(id + 1)]).0, 404);
        }
        assert_eq!(server.table().count(), 1);
    });
}

#[test]
fn what_is_no_owner_is_a_bad_argument_that_is_named() {
    differs(|| {
        let server = start(builder());
        let wrong: [Value; 5] =
            [json!("sip:example.test"), json!("bob"), json!("tel:+4930"), json!("a\r\nb@x"), json!("")];
        for command in ["count", "list", "dump", "inbox", "purge"] {
            for owner in &wrong {
                let (code, text) = fault(&server, command, std::slice::from_ref(owner));
                assert!(code == 400 && text.contains("owner") && !text.contains('\n'), "{command} {owner}: {text}");
            }
            assert_eq!(fault(&server, command, &[]), (400, "the owner is missing: sip:bob@example.com".to_owned()));
        }
    });
}

/// What peers have sent is text in JSON, whatever it is.
#[test]
fn a_row_that_holds_anything_is_listed_as_json() {
    differs(|| {
        let server = start(builder());
        let mut row = row(&server, "bob", "x");
        row.src_addr = "\"a \\\"quoted\\\" {name}\" <sip:alice@example.test>".to_owned();
        row.ctype = "text/plain;a=\"%s%n\"".to_owned();
        server.table().insert(&row);
        let list = ask(&server, "list", &[json!("bob@example.test")]);
        assert_eq!((&list[0]["from"], &list[0]["ctype"]), (&json!(row.src_addr), &json!(row.ctype)));
    });
}
