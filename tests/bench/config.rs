//! The `kamailio.cfg` of a server to be measured. It is the same for both modules, but for the parameters that one of
//! them does not have.

use std::path::Path;

use crate::database::Database;
use crate::server::Module;
use crate::sip::DOMAIN;

/// What a server is to be like.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose msilo.so.
    pub module: Module,
    /// Processes that take SIP.
    pub children: u32,
    /// Whether a REGISTER calls `m_dump()`, and whether the time it takes is logged.
    pub dump: Dump,
    /// What is done with a message for somebody who is away, and whether the time it takes is logged.
    pub store: Store,
    /// See above.
    pub timed_store: bool,
    /// More parameters of msilo.
    pub params: Vec<(&'static str, i64)>,
}

/// What a REGISTER does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    /// `save()` only.
    No,
    /// `save()` and `m_dump()`.
    Yes,
    /// The same, and the log tells how long `m_dump()` took.
    Timed,
}

/// What is done with a message for somebody who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// `m_store()`.
    Waiting,
    /// `m_store_async()`.
    Later,
    /// It is answered, and not stored.
    Nothing,
}

impl Config {
    /// A server with four processes that does all that msilo does.
    pub fn new(module: Module) -> Config {
        Config { module, children: 4, dump: Dump::Yes, store: Store::Waiting, timed_store: false, params: Vec::new() }
    }

    /// The text of the file.
    pub fn render(&self, database: &Database, port: u16, dir: &Path) -> String {
        let mut params = self.params.clone();
        if let Module::Shared(_) = self.module {
            params.push(("shared_table", 1));
        }
        if let Module::Ours(window) | Module::Contacts(window) | Module::Shared(window) = self.module {
            params.push(("dump_window", window.into()));
        }
        let mut params: String =
            params.iter().map(|(name, value)| format!("modparam(\"msilo\", \"{name}\", {value})\n")).collect();
        params.push_str(match self.module {
            Module::Contacts(_) => "modparam(\"msilo\", \"deliver_to\", \"contacts\")",
            _ => "modparam(\"msilo\", \"outbound_proxy\", \"sip:127.0.0.1:{PORT}\")",
        });
        let driver = database.driver();
        let modules = ["tm", "sl", "kex", "ctl", driver, "pv", "textops", "xlog", "usrloc", "registrar", "msilo"];
        let modules: String = modules.iter().map(|name| format!("loadmodule \"{name}.so\"\n")).collect();
        let dump = match self.dump {
            Dump::No => "",
            Dump::Yes => "m_dump();",
            Dump::Timed => {
                "$var(begin) = $TV(Sn); m_dump(); xlog(\"L_NOTICE\", \"m_dump took from $var(begin) $TV(Sn)\\n\");"
            }
        };
        let (store, answer) = match self.store {
            Store::Waiting => ("m_store(\"$ru\")", "t_reply(\"202\", \"Accepted\");"),
            Store::Later => ("m_store_async(\"$ru\", \"STORED\")", "exit;"),
            Store::Nothing => ("is_method(\"MESSAGE\")", "t_reply(\"202\", \"Accepted\");"),
        };
        let (begin, end) = match self.timed_store {
            // The words are those that the log is searched for.
            true => ("$var(begin) = $TV(Sn);", "xlog(\"L_NOTICE\", \"m_dump took from $var(begin) $TV(Sn)\\n\");"),
            false => ("", ""),
        };
        let route = if self.store == Store::Later { STORED } else { "" };
        [TEMPLATE, route]
            .concat()
            .replace("{STORE}", store)
            .replace("{ANSWER}", answer)
            .replace("{BEGIN}", begin)
            .replace("{END}", end)
            .replace("{SERVER_ID}", if let Module::Shared(_) = self.module { "server_id=1" } else { "" })
            .replace("{CHILDREN}", &self.children.to_string())
            .replace("{PATH}", &self.module.path())
            .replace("{MODULES}", &modules)
            .replace("{PARAMS}", &params)
            .replace("{URL}", &database.url())
            .replace("{DUMP}", dump)
            .replace("{DOMAIN}", DOMAIN)
            .replace("{PORT}", &port.to_string())
            .replace("{DIR}", &dir.display().to_string())
    }
}

const TEMPLATE: &str = r#"#!KAMAILIO
debug=2
children={CHILDREN}
listen=udp:127.0.0.1:{PORT}
disable_tcp=yes
alias="{DOMAIN}"
auto_aliases=no
dns_try_ipv6=no
{SERVER_ID}
mpath="{PATH}"
{MODULES}
modparam("ctl", "binrpc", "unix:{DIR}/ctl")
modparam("usrloc", "db_mode", 0)
modparam("msilo", "db_url", "{URL}")
{PARAMS}
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        save("location");
        {DUMP}
        exit;
    }
    if ($rU == "away") {
        if (!t_newtran()) { sl_reply_error(); exit; }
        {BEGIN}
        if ({STORE}) { {END} {ANSWER} } else { t_reply("503", "Service Unavailable"); }
        exit;
    }
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
}
"#;

const STORED: &str = r#"
route[STORED] {
    if ($msilo(stored) > 0) { t_reply("202", "Accepted"); } else { t_reply("480", "Temporarily Unavailable"); }
}
"#;
