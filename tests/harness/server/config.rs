//! The generated `kamailio.cfg`: a registrar with the routing script that msilo's documentation gives.

use std::fmt::Write as _;
use std::path::Path;

use crate::harness::database::Kind;
use crate::harness::environment::{module_path, second_pass, Under};

/// The domain the server is responsible for.
pub const DOMAIN: &str = "example.test";

const MODULES: [&str; 11] =
    ["kex", "ctl", "tm", "sl", "pv", "maxfwd", "textops", "xlog", "usrloc", "registrar", "msilo"];

/// The value of a module parameter.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Int(i64),
    /// A string; line ends and quotes are escaped for the config file.
    Text(String),
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Int(number.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

/// The parts of the routing script that a test may replace.
///
/// What `m_store` and `m_dump` returned is logged as `m_store returned 1`, `m_dump returned -1`.
#[derive(Clone, Debug)]
pub struct Script {
    /// Runs before `store`.
    pub before_store: String,
    /// The call that stores a message for a user who is offline.
    pub store: String,
    /// The call that stores a message in failure_route.
    pub store_on_failure: String,
    /// Runs before `dump`.
    pub before_dump: String,
    /// The call that delivers after a REGISTER.
    pub dump: String,
    /// Replaces all routes. It must answer OPTIONS, which is how the harness learns that the server is up.
    pub routes: Option<String>,
}

impl Default for Script {
    fn default() -> Script {
        Script {
            before_store: String::new(),
            store: "m_store(\"$ru\")".to_owned(),
            store_on_failure: "m_store(\"$ou\")".to_owned(),
            before_dump: String::new(),
            dump: "m_dump()".to_owned(),
            routes: None,
        }
    }
}

impl Script {
    /// All routes.
    pub fn text(&self) -> String {
        self.routes.clone().unwrap_or_else(|| routes(self))
    }
}

/// All that goes into a config file.
#[derive(Clone, Debug)]
pub struct Config {
    pub module: Under,
    pub children: u32,
    pub tcp: bool,
    pub websocket: bool,
    pub through_the_script: bool,
    pub debug: i32,
    pub globals: Vec<String>,
    pub modules: Vec<String>,
    pub params: Vec<(String, String, Value)>,
    pub without: Vec<(String, String)>,
    pub without_modules: Vec<String>,
    pub script: Script,
    pub more_routes: String,
}

impl Config {
    /// The text of the file, for a server on `port` that lives in `dir`, and has the database at `url`.
    pub fn render(&self, port: u16, dir: &Path, database: Kind, url: &str) -> String {
        let tcp = match self.tcp {
            true => format!("tcp_children=1\nlisten=tcp:127.0.0.1:{port}"),
            false => "disable_tcp=yes".to_owned(),
        };
        let mut text = format!(
            "#!KAMAILIO\ndebug={}\nchildren={}\nlisten=udp:127.0.0.1:{port}\n{tcp}\nalias=\"{DOMAIN}\"\n\
             auto_aliases=no\ndns_try_ipv6=no\nmpath=\"{}\"\n",
            self.debug,
            self.children,
            module_path(self.module)
        );
        for line in &self.globals {
            let _ = writeln!(text, "{line}");
        }
        let more = self.modules.iter().map(String::as_str);
        for module in [database.driver()].into_iter().chain(MODULES).chain(more).filter(|name| self.loads(name)) {
            let _ = writeln!(text, "loadmodule \"{module}.so\"");
        }
        let mut own = own_params(port, dir, url);
        if self.delivers_to_contacts() {
            // The proxy stays: it is that of notifications, and nothing else may go there.
            own.push(("msilo".to_owned(), "deliver_to".to_owned(), "contacts".into()));
        }
        own.extend(database.params());
        let wanted = own
            .iter()
            .filter(|(module, name, _)| self.loads(module) && !self.without.contains(&(module.clone(), name.clone())));
        for (module, name, value) in wanted.chain(&self.params) {
            let _ = match value {
                Value::Int(number) => {
                    writeln!(text, "modparam(\"{module}\", \"{name}\", {number})")
                }
                Value::Text(string) => writeln!(text, "modparam(\"{module}\", \"{name}\", \"{}\")", escape(string)),
            };
        }
        text.push_str(&self.script.text());
        text.push_str(&self.more_routes);
        if self.websocket {
            text.push_str(WEBSOCKET);
        }
        text.replace("{PORT}", &port.to_string()).replace("{DIR}", &dir.display().to_string())
    }

    /// How many delivery processes the module will have forked when the server is up.
    pub fn delivery_processes(&self) -> usize {
        if self.module == Under::Theirs || !self.loads("msilo") {
            return 0;
        }
        let set = self.params.iter().rev().find(|(module, name, _)| module == "msilo" && name == "delivery_processes");
        match set {
            Some((_, _, Value::Int(number))) => usize::try_from(*number).unwrap_or(1),
            _ => 1,
        }
    }

    /// Whether what the harness sets by itself has messages delivered straight to the registered contacts: in the second
    /// pass of our own module, wherever it can ask who is registered.
    fn delivers_to_contacts(&self) -> bool {
        self.module == Under::Ours && second_pass() && !self.through_the_script && self.loads("usrloc")
    }

    fn loads(&self, module: &str) -> bool {
        !self.without_modules.iter().any(|name| name == module)
    }
}

/// The handshake of a WebSocket, as the documentation of Kamailio's websocket module has it.
const WEBSOCKET: &str = r#"
event_route[xhttp:request] {
    if ($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm == "GET" && ws_handle_handshake()) exit;
    xhttp_reply("404", "Not Found", "", "");
}
"#;

fn own_params(port: u16, dir: &Path, url: &str) -> Vec<(String, String, Value)> {
    let dir = dir.display();
    // A test that answers late, and a busy machine, have the time that Kamailio gives a phone by itself.
    let params: [(&str, &str, Value); 6] = [
        ("ctl", "binrpc", format!("unix:{dir}/ctl.sock").into()),
        ("usrloc", "db_mode", 0.into()),
        ("tm", "fr_timer", 30_000.into()),
        ("msilo", "db_url", url.into()),
        ("msilo", "check_time", 1.into()),
        ("msilo", "outbound_proxy", format!("sip:127.0.0.1:{port}").into()),
    ];
    params.map(|(module, name, value)| (module.to_owned(), name.to_owned(), value)).to_vec()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t")
}

/// As in msilo's documentation; but what the server itself sends out of the silo is never stored again.
fn routes(script: &Script) -> String {
    const TEMPLATE: &str = r#"
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        if (!save("location")) exit;
        {BEFORE_DUMP}
        {DUMP};
        xlog("L_INFO", "m_dump returned $rc\n");
        exit;
    }
    if (is_method("MESSAGE") && uri == myself) {
        if (!lookup("location")) {
            if ($sp == {PORT}) { sl_send_reply("404", "Not Found"); exit; }
            if (!t_newtran()) { sl_reply_error(); exit; }
            {BEFORE_STORE}
            {STORE};
            $var(stored) = $rc;
            xlog("L_INFO", "m_store returned $var(stored)\n");
            if ($var(stored) > 0) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }
            exit;
        }
        if ($sp != {PORT}) t_on_failure("UNDELIVERED");
    }
    if (!t_relay()) sl_reply_error();
}

failure_route[UNDELIVERED] {
    {STORE_ON_FAILURE};
    $var(stored) = $rc;
    xlog("L_INFO", "m_store in failure_route returned $var(stored)\n");
    if ($var(stored) > 0) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }
}
"#;
    TEMPLATE
        .replace("{BEFORE_DUMP}", &script.before_dump)
        .replace("{DUMP}", &script.dump)
        .replace("{BEFORE_STORE}", &script.before_store)
        .replace("{STORE}", &script.store)
        .replace("{STORE_ON_FAILURE}", &script.store_on_failure)
}
