//! The statistics, as they are and as Prometheus scrapes them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prometheus_parse::{Scrape, Value};

use super::{builder, put, row, start};
use crate::differences::differs;
use crate::harness::{http, now, until, Server};

/// All of them, those of C first.
const STATISTICS: [&str; 14] = [
    "stored_messages",
    "dumped_messages",
    "failed_messages",
    "dumped_reminders",
    "failed_reminders",
    "expired_messages",
    "refused_messages",
    "retransmissions",
    "claims_lost",
    "inboxes_active",
    "messages_in_flight",
    "deletes_pending",
    "delivery_paused",
    "store_away",
];

/// What Prometheus gets, as its parser reads it.
fn scrape(server: &Server) -> Scrape {
    let (status, text) = http(server.address(), "GET", "/metrics", "");
    assert_eq!(status, 200, "{text}");
    Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn value(scrape: &Scrape, name: &str) -> Option<f64> {
    let full = format!("kamailio_msilo_{name}");
    scrape.samples.iter().find(|sample| sample.metric == full).and_then(|sample| match sample.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(value),
        Value::Histogram(_) | Value::Summary(_) => None,
    })
}

#[test]
fn prometheus_scrapes_every_statistic() {
    differs(|| {
        let server = start(builder());
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        let before = scrape(&server);
        for name in STATISTICS {
            assert!(value(&before, name).is_some(), "{name} is not there");
        }
        assert_eq!((value(&before, "stored_messages"), value(&before, "dumped_messages")), (Some(1.0), Some(0.0)));
        bob.register();
        bob.receive();
        server.wait_for_statistic("dumped_messages", 1);
        assert_eq!(value(&scrape(&server), "dumped_messages"), Some(1.0));
        server.rpc().call(&["msilo.pause"]).expect("it pauses");
        assert_eq!(value(&scrape(&server), "delivery_paused"), Some(1.0));
    });
}

#[test]
fn what_m_store_refuses_is_counted_and_what_is_sent_again_too() {
    differs(|| {
        // Without a transaction each retransmission comes to m_store().
        let routes = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (m_store("$ru")) { sl_send_reply("202", "Accepted"); } else { sl_send_reply("503", "Service Unavailable"); }
}
"#;
        let server = start(builder().param("max_messages", 1).script(|script| script.routes = Some(routes.into())));
        server.expect_log_error("max_messages");
        let alice = server.agent("alice");
        let request = alice.message("bob").text("1").bytes();
        alice.exchange_request(&request).expect_code(202);
        alice.exchange_request(&request).expect_code(202);
        until("the retransmission is counted", || server.statistic("retransmissions") == 1);
        alice.message("bob").text("2").send().expect_code(503);
        until("the refusal is counted", || server.statistic("refused_messages") == 1);
        assert_eq!((server.statistic("stored_messages"), server.table().count()), (1, 1));
    });
}

#[test]
fn what_the_sweep_removes_is_counted() {
    differs(|| {
        let server = start(builder().param("check_time", 1).param("clean_period", 1));
        let mut rows = vec![row(&server, "bob", "1"), row(&server, "bob", "2"), row(&server, "carol", "3")];
        rows[..2].iter_mut().for_each(|row| row.exp_time = now() - 1);
        server.table().insert_all(&rows);
        until("the two are gone", || server.table().count() == 1);
        server.wait_for_statistic("expired_messages", 2);
    });
}

/// The table refuses the DELETE.
#[test]
fn deletes_that_wait_are_shown() {
    differs(|| {
        if !crate::skip::with_sql() {
            return;
        }
        let server = start(builder());
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        put(&server, "bob", "1");
        server.table().refuse_deletes("OLD.username = 'bob'");
        bob.register();
        bob.receive();
        until("the DELETE waits", || server.statistic("deletes_pending") == 1);
        server.table().allow_deletes();
        server.table().wait_until_empty();
        until("none waits", || server.statistic("deletes_pending") == 0);
    });
}

fn example(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter_map(|word| word.strip_prefix("kamailio_msilo_")).map(str::to_owned).collect()
}

#[test]
fn the_dashboard_and_the_alerts_name_metrics_that_a_scrape_has() {
    differs(|| {
        let server = start(builder());
        let scrape = scrape(&server);
        let dashboard = example("grafana.json");
        let parsed: serde_json::Value = serde_json::from_str(&dashboard).expect("grafana.json is JSON");
        assert!(parsed["panels"].as_array().is_some_and(|panels| panels.len() >= 6), "too few panels");
        for (file, text) in [("grafana.json", dashboard), ("alerts.yml", example("alerts.yml"))] {
            let named = metrics(&text);
            assert!(named.len() >= 5, "{file} names {named:?} only");
            let unknown: Vec<_> = named.iter().filter(|name| value(&scrape, name).is_none()).collect();
            assert!(unknown.is_empty(), "{file} names what is not there: {unknown:?}");
        }
        // What the dashboard does not show is not seen.
        let shown = metrics(&example("grafana.json"));
        let hidden: Vec<_> = STATISTICS.iter().filter(|name| !shown.contains(**name)).collect();
        assert!(hidden.is_empty(), "not on the dashboard: {hidden:?}");
    });
}
