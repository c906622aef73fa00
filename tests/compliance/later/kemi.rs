//! From scripts in other languages.

use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};
use crate::skip::has_module;

const LUA: &str = r#"
function ksr_request_route()
    if KSR.pv.get("$rm") == "OPTIONS" then
        KSR.sl.sl_send_reply(200, "OK")
    elseif KSR.pv.get("$rm") == "MESSAGE" then
        KSR.tm.t_newtran()
        local posted = STORE
        KSR.info("mstore_async returned " .. tostring(posted) .. "\n")
        if posted < 0 then KSR.tm.t_reply(503, "Not Stored") end
    end
    return 1
end

function stored()
    KSR.info("later: " .. tostring(KSR.pv.get("$msilo(stored)")) .. "\n")
    if KSR.pv.get("$msilo(stored)") > 0 then
        KSR.tm.t_reply(202, "Accepted")
    else
        KSR.tm.t_reply(480, "Temporarily Unavailable")
    end
end
"#;

const PYTHON: &str = r#"
import KSR as KSR

def mod_init():
    return kamailio()

class kamailio:
    def child_init(self, rank):
        return 0

    def ksr_request_route(self, msg):
        if KSR.pv.get("$rm") == "OPTIONS":
            KSR.sl.sl_send_reply(200, "OK")
        elif KSR.pv.get("$rm") == "MESSAGE":
            KSR.tm.t_newtran()
            posted = STORE
            if posted < 0:
                KSR.tm.t_reply(503, "Not Stored")
        return 1

    def stored(self, msg):
        KSR.info("later: " + str(KSR.pv.get("$msilo(stored)")) + "\n")
        if KSR.pv.get("$msilo(stored)") > 0:
            KSR.tm.t_reply(202, "Accepted")
        else:
            KSR.tm.t_reply(480, "Temporarily Unavailable")
        return 1
"#;

/// A server whose script is in that language.
fn server(module: &str, engine: &str, file: &str, script: &str, store: &str) -> Option<ServerBuilder> {
    has_module(module).then(|| {
        let routes = format!("cfgengine \"{engine}\"\n");
        let builder = Server::builder().load(module).file(file, &script.replace("STORE", store));
        let builder = builder.modparam("tm", "fr_timer", 30_000).modparam(module, "load", format!("{{DIR}}/{file}"));
        builder.script(|script| script.routes = Some(routes))
    })
}

fn lua(store: &str) -> Option<ServerBuilder> {
    server("app_lua", "lua", "later.lua", LUA, store)
}

#[test]
fn lua_stores_later_and_its_function_is_called() {
    differs(|| {
        let call = "KSR.msilo.mstore_async(KSR.pv.get(\"$ru\"), \"stored\")";
        let Some(server) = lua(call) else { return };
        let server = server.param("storing_processes", 1).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        server.wait_for_log("later: 1");
        assert_eq!(server.table().only_row().username, "bob");
    });
}

#[test]
fn lua_may_give_addresses() {
    differs(|| {
        let call =
            "KSR.msilo.mstore_addrs_async(\"sip:carol@x.test\", \"sip:desk@x.test\", \"sip:hall@x.test\", \"stored\")";
        let Some(server) = lua(call) else { return };
        let server = server.param("storing_processes", 1).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        let expected = ("carol", "sip:desk@x.test", "sip:hall@x.test");
        assert_eq!((row.username.as_str(), row.src_addr.as_str(), row.dst_addr.as_str()), expected);
    });
}

#[test]
fn python_stores_later_and_its_method_is_called() {
    differs(|| {
        let call = "KSR.msilo.mstore_async(KSR.pv.get(\"$ru\"), \"stored\")";
        let Some(server) = server("app_python3", "python", "later.py", PYTHON, call) else { return };
        let server = server.param("storing_processes", 1).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        server.wait_for_log("later: 1");
        assert_eq!(server.table().only_row().username, "bob");
    });
}

/// What a script in another language calls is not known before it does.
#[test]
fn without_storing_processes_a_line_says_what_to_set() {
    differs(|| {
        let Some(server) = lua("KSR.msilo.mstore_async(KSR.pv.get(\"$ru\"), \"stored\")") else { return };
        let server = server.start();
        server.expect_log_error("there is no storing process: set the parameter storing_processes");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log("there is no storing process: set the parameter storing_processes");
    });
}
