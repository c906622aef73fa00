//! What is in the table.

use serde_json::{json, Value};

use super::{ask, builder, fault, owner, put, row, start};
use crate::differences::differs;
use crate::harness::{now, Server};

/// A server that knows reminders, but does not look for them meanwhile.
fn with_reminders() -> Server {
    start(builder().param("reminder", "sip:reminder@example.test").param("send_time", 3600))
}

#[test]
fn summary_counts_messages_inboxes_reminders_and_what_is_over() {
    differs(|| {
        let server = with_reminders();
        let empty = ask(&server, "summary", &[]);
        assert_eq!(empty, json!({"messages": 0, "inboxes": 0, "reminders": 0, "expired": 0}));
        let mut rows = vec![row(&server, "bob", "1"), row(&server, "bob", "2"), row(&server, "carol", "3")];
        rows[0].inc_time = now() - 500;
        // The same inbox, and another one.
        rows[1].domain = rows[1].domain.to_uppercase();
        rows.push(row(&server, "Bob", "4"));
        rows[3].snd_time = now() + 1000;
        rows.push(row(&server, "dave", "over"));
        rows[4].exp_time = now() - 10;
        rows[4].inc_time = now() - 1000;
        server.table().insert_all(&rows);
        let summary = ask(&server, "summary", &[]);
        let numbers = ["messages", "inboxes", "reminders", "expired"].map(|name| summary[name].as_i64());
        assert_eq!(numbers, [Some(4), Some(3), Some(1), Some(1)], "{summary}");
        assert_eq!(summary["oldest"], json!(rows[0].inc_time));
        assert!(summary["oldest_age"].as_i64().is_some_and(|age| (500..1000).contains(&age)), "{summary}");
    });
}

#[test]
fn count_tells_what_one_inbox_holds() {
    differs(|| {
        let server = with_reminders();
        let mut rows = vec![row(&server, "bob", "1"), row(&server, "bob", "2"), row(&server, "bobby", "3")];
        rows[0].inc_time = now() - 500;
        rows[1].snd_time = now() + 1000;
        rows.push(row(&server, "bob", "over"));
        rows[3].exp_time = now() - 10;
        server.table().insert_all(&rows);
        let wanted = json!({
            "owner": "bob@example.test", "messages": 2, "reminders": 1,
            "oldest": rows[0].inc_time, "newest": rows[1].inc_time,
        });
        for owner in ["sip:bob@example.test", "bob@example.test", "sips:bob@EXAMPLE.test:5070;transport=tcp"] {
            assert_eq!(ask(&server, "count", &[json!(owner)]), wanted);
        }
        let nobody = json!({"owner": "nobody@example.test", "messages": 0, "reminders": 0});
        assert_eq!(ask(&server, "count", &[owner("nobody")]), nobody);
    });
}

#[test]
fn list_shows_an_inbox_in_pages_and_no_body() {
    differs(|| {
        let server = start(builder());
        let mut rows: Vec<_> = (1..=5).map(|number| row(&server, "bob", &format!("secret-{number}"))).collect();
        rows[1].body = "žluťoučký".as_bytes().to_vec();
        rows[4].exp_time = now() - 10;
        rows.insert(2, row(&server, "carol", "secret-6"));
        server.table().insert_all(&rows);
        let all = ask(&server, "list", &[owner("bob")]);
        let ids = |list: &Value| -> Vec<i64> {
            list.as_array().expect("a list").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
        };
        let of_bob: Vec<i64> =
            server.table().rows().iter().filter(|row| row.username == "bob").map(|row| row.id).collect();
        assert_eq!(ids(&all), of_bob);
        assert!(!all.to_string().contains("secret"), "{all}");
        let wanted = json!({
            "id": of_bob[1], "from": "sip:alice@example.test", "to": "sip:bob@example.test", "ctype": "text/x-number",
            "size": "žluťoučký".len(), "stored": rows[1].inc_time, "expires": rows[1].exp_time, "due": 0,
            "state": "waiting",
        });
        let mut second = all[1].clone();
        let age = second.as_object_mut().and_then(|row| row.remove("age"));
        assert!(age.and_then(|age| age.as_i64()).is_some_and(|age| (0..60).contains(&age)), "{all}");
        assert_eq!(second, wanted);
        assert_eq!(all[4]["state"], "expired");
        let first = ask(&server, "list", &[owner("bob"), json!(2)]);
        let second = ask(&server, "list", &[owner("bob"), json!(2), json!(of_bob[1])]);
        let last = ask(&server, "list", &[owner("bob"), json!("2"), json!(of_bob[3].to_string())]);
        assert_eq!([first, second, last].map(|page| ids(&page)), [&of_bob[..2], &of_bob[2..4], &of_bob[4..]]);
        assert_eq!(ask(&server, "list", &[owner("nobody")]), json!([]));
    });
}

#[test]
fn show_gives_the_headers_and_the_body_on_demand_only() {
    differs(|| {
        let server = start(builder());
        let mut row = row(&server, "bob", "two\r\nlines");
        row.extra_hdrs = b"Subject: lunch\r\nX-A: \"q\"\r\n".to_vec();
        let id = server.table().insert(&row);
        let shown = ask(&server, "show", &[json!(id)]);
        assert_eq!((&shown["owner"], &shown["size"]), (&json!("bob@example.test"), &json!(10)));
        assert_eq!(shown["headers"], "Subject: lunch\r\nX-A: \"q\"\r\n");
        assert!(!shown.to_string().contains("lines"), "{shown}");
        assert_eq!(ask(&server, "show", &[json!(id), json!("body")])["body"], "two\r\nlines");
        let mut escape = super::row(&server, "bob", "\u{1b}[2J");
        escape.src_addr = "\"\u{1b}[31m\" <sip:alice@example.test>".to_owned();
        let id = server.table().insert(&escape);
        let shown = ask(&server, "show", &[json!(id), json!("body")]);
        assert_eq!((&shown["body"], &shown["body_hex"]), (&Value::Null, &json!("1b5b324a")));
        assert_eq!(shown["from"], "\"\\u{1b}[31m\" <sip:alice@example.test>");
        assert_eq!(fault(&server, "show", &[json!(id + 1)]).0, 404);
    });
}

#[test]
fn limits_are_refused_that_would_keep_a_process_long() {
    differs(|| {
        let server = start(builder());
        put(&server, "bob", "1");
        for limit in [json!(1001), json!(0), json!(-1), json!("many"), json!("1 OR 1=1")] {
            for command in ["list", "purge"] {
                let (code, text) = fault(&server, command, &[owner("bob"), limit.clone()]);
                assert!(code == 400 && text.contains("must be a number from 1 to 1000"), "{command} {limit}: {text}");
            }
        }
        assert_eq!(server.table().count(), 1);
        assert_eq!(ask(&server, "list", &[owner("bob"), json!(1000)]).as_array().map(Vec::len), Some(1));
    });
}
