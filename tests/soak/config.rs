//! The `kamailio.cfg` of the server: every MESSAGE from outside is stored, every REGISTER asks for the inbox.

use std::path::Path;

use super::database::Database;
use super::server::Module;
use super::sip::DOMAIN;

/// How long tm waits for the answer to a message, in milliseconds: much longer than a phone that answers late takes, and
/// short enough to be waited for when a phone vanishes.
const PATIENCE_MS: u32 = 8000;

/// What the server is like; there is one.
pub struct Config;

impl Config {
    /// The text of the file.
    pub fn render(&self, database: &Database, port: u16, dir: &Path) -> String {
        TEMPLATE
            .replace("{PATH}", &Module::OURS.path())
            .replace("{URL}", &database.url())
            .replace("{DOMAIN}", DOMAIN)
            .replace("{PATIENCE}", &PATIENCE_MS.to_string())
            .replace("{PORT}", &port.to_string())
            .replace("{DIR}", &dir.display().to_string())
    }
}

const TEMPLATE: &str = r#"#!KAMAILIO
debug=1
children=4
listen=udp:127.0.0.1:{PORT}
disable_tcp=yes
alias="{DOMAIN}"
auto_aliases=no
dns_try_ipv6=no
mpath="{PATH}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "kex.so"
loadmodule "ctl.so"
loadmodule "cfg_rpc.so"
loadmodule "db_mysql.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "msilo.so"
modparam("ctl", "binrpc", "unix:{DIR}/ctl")
modparam("tm", "fr_timer", {PATIENCE})
modparam("usrloc", "db_mode", 0)
modparam("msilo", "db_url", "{URL}")
modparam("msilo", "outbound_proxy", "sip:127.0.0.1:{PORT}")
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        save("location");
        m_dump();
        exit;
    }
    if (!t_newtran()) exit;
    if ($si == $Ri && $sp == $Rp) {
        if (!lookup("location") || !t_relay()) t_reply("480", "Temporarily Unavailable");
        exit;
    }
    if (m_store("$ru")) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }
}
"#;
