//! Drivers that cannot hold a silo: the server does not start on them, and the log says what they lack.

use crate::differences::differs;
use crate::harness::{Kind, Server, ServerBuilder};
use crate::skip::{has_module, only_on};

/// A server on that driver, which has to be loaded before msilo.
fn on(driver: &str, url: &str) -> ServerBuilder {
    Server::builder().global(&format!("loadmodule \"{driver}.so\"")).param("db_url", url)
}

#[track_caller]
fn expect_refused(builder: ServerBuilder, lacks: &str) {
    let log = builder.start_refused().log;
    let named = |line: &str| line.contains("modparam(\"msilo\", \"db_url\", \"") && line.contains(lacks);
    assert!(log.lines().any(named), "no line says {lacks}:\n{log}");
}

/// C: starts, and refuses every message.
#[test]
fn db_redis_is_refused() {
    if !only_on(&[Kind::Sqlite], "the other database of this test is Redis") || !has_module("db_redis") {
        return;
    }
    differs(|| {
        let builder = on("db_redis", "redis://127.0.0.1:6379/1").modparam("db_redis", "keys", "silo=entry:id");
        expect_refused(builder, "cannot be used for the silo: db_redis gives rows no ids and takes no binary values");
    });
}

#[test]
fn a_driver_that_can_only_insert_is_refused() {
    if only_on(&[Kind::Sqlite], "the other database of this test is a file") {
        let lacks = "cannot be used for the silo: its driver cannot query, update, delete";
        differs(|| expect_refused(on("db_flatstore", "flatstore:{DIR}"), lacks));
    }
}
