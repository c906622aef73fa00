//! `m_store_async()`: a message is stored while its transaction waits, and no SIP worker does.

mod batches;
mod config;
mod ends;
mod kemi;
mod load;
mod silence;
mod stored;

use crate::harness::{Script, Server, ServerBuilder};

/// What is run when it is known what became of a message. 480 is what a message gets that was posted and not stored, 503
/// one that was not even posted.
const ROUTE: &str = r#"
route[STORED] {
    xlog("L_INFO", "later: $msilo(stored) <$msilo(reason)> $rm $hdr(X-Number)\n");
    if ($msilo(stored) > 0) { t_reply("202", "Accepted"); } else { t_reply("480", "Temporarily Unavailable"); }
}
"#;

/// The routes of the harness, with `m_store_async()` in them.
fn routes(store: &str, on_failure: &str) -> String {
    let call = |call: &str| format!("{call};\n            if ($rc > 0) {{ xlog(\"L_INFO\", \"posted\\n\"); exit; }}");
    let script = Script { store: call(store), store_on_failure: call(on_failure), ..Script::default() };
    script.text() + ROUTE
}

/// A server whose script stores later.
fn later() -> ServerBuilder {
    let routes = routes("m_store_async(\"$ru\", \"STORED\")", "m_store_async(\"$ou\", \"STORED\")");
    Server::builder().modparam("tm", "fr_timer", 30_000).script(|script| script.routes = Some(routes))
}

/// The pids of the server's processes of that name.
fn processes(server: &Server, name: &str) -> Vec<u32> {
    let all = server.rpc().processes().expect("core.psx answers");
    all.into_iter().filter(|(_, other)| other == name).map(|(pid, _)| pid).collect()
}
