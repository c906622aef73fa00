//! What a test says about the server it wants.

use std::env;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::harness::database::shared::SharedDatabase;
use crate::harness::environment::under_test;
use crate::harness::server::config::{Config, Script, Value};
use crate::harness::server::Server;

/// A server that refused to start.
#[derive(Debug)]
pub struct Refusal {
    /// How it ended.
    pub status: ExitStatus,
    /// What it logged.
    pub log: String,
}

/// Describes a server; [`ServerBuilder::start`] starts it.
#[derive(Clone)]
#[must_use = "a server is started by start()"]
pub struct ServerBuilder {
    pub(in crate::harness) config: Config,
    pub(in crate::harness) config_file: Option<(PathBuf, Vec<String>)>,
    pub(in crate::harness) fork: bool,
    pub(in crate::harness) runner: Vec<String>,
    pub(in crate::harness) private_memory: u32,
    pub(in crate::harness) environment: Vec<(String, String)>,
    pub(in crate::harness) files: Vec<(String, String)>,
    pub(in crate::harness) sql: Vec<String>,
    pub(in crate::harness) database_options: Option<Vec<String>>,
    pub(in crate::harness) database: Option<SharedDatabase>,
    pub(in crate::harness) relayed: bool,
    pub(in crate::harness) name_server: Option<Ipv4Addr>,
}

impl ServerBuilder {
    pub(in crate::harness) fn new() -> ServerBuilder {
        let debug = env::var("MSILO_TEST_DEBUG").ok().and_then(|level| level.parse().ok()).unwrap_or(2);
        let config = Config {
            module: under_test(),
            children: 2,
            tcp: false,
            websocket: false,
            through_the_script: false,
            debug,
            globals: Vec::new(),
            modules: Vec::new(),
            params: Vec::new(),
            without: Vec::new(),
            without_modules: Vec::new(),
            script: Script::default(),
            more_routes: String::new(),
        };
        ServerBuilder {
            config,
            config_file: None,
            fork: true,
            runner: Vec::new(),
            private_memory: 8,
            environment: vec![("TZ".to_owned(), "UTC".to_owned())],
            files: Vec::new(),
            sql: Vec::new(),
            database_options: None,
            database: None,
            relayed: false,
            name_server: None,
        }
    }

    /// How many processes take SIP over UDP; 2 by default.
    pub fn children(mut self, count: u32) -> Self {
        self.config.children = count;
        self
    }

    /// Takes SIP over TCP too.
    pub fn tcp(mut self) -> Self {
        self.config.tcp = true;
        self
    }

    /// Takes SIP over TCP and over WebSockets, too.
    pub fn websocket(mut self) -> Self {
        self.config.websocket = true;
        self.tcp().global("tcp_accept_no_cl=yes").load("xhttp").load("websocket").load("nathelper")
    }

    /// Messages go to the address of record, through the script, also where the suite has them go straight to the contacts.
    pub fn through_the_script(mut self) -> Self {
        self.config.through_the_script = true;
        self
    }

    /// One process for all (`fork=no`).
    pub fn no_fork(mut self) -> Self {
        self.fork = false;
        self
    }

    /// Has another program start the server, as its child.
    pub fn below(mut self, runner: &[&str]) -> Self {
        self.runner = runner.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// How many megabytes of its own each process has; 8 by default, as of the server itself.
    pub fn private_memory(mut self, megabytes: u32) -> Self {
        self.private_memory = megabytes;
        self
    }

    /// The level of the log; 3 is debug.
    pub fn debug(mut self, level: i32) -> Self {
        self.config.debug = level;
        self
    }

    /// Sets a parameter of msilo.
    pub fn param(self, name: &str, value: impl Into<Value>) -> Self {
        self.modparam("msilo", name, value)
    }

    /// Sets a parameter of any module.
    pub fn modparam(mut self, module: &str, name: &str, value: impl Into<Value>) -> Self {
        self.config.params.push((module.to_owned(), name.to_owned(), value.into()));
        self
    }

    /// Leaves out a parameter of msilo that the harness sets: `db_url`, `check_time` or `outbound_proxy`.
    pub fn without_param(mut self, name: &str) -> Self {
        self.config.without.push(("msilo".to_owned(), name.to_owned()));
        self
    }

    /// Loads one more module, named without `.so`.
    pub fn load(mut self, module: &str) -> Self {
        self.config.modules.push(module.to_owned());
        self
    }

    /// Leaves out one of the modules the harness loads.
    pub fn without_module(mut self, module: &str) -> Self {
        self.config.without_modules.push(module.to_owned());
        self
    }

    /// One more line before the modules are loaded.
    pub fn global(mut self, line: &str) -> Self {
        self.config.globals.push(line.to_owned());
        self
    }

    /// Changes the routing script. `{PORT}` and `{DIR}` in it are replaced.
    pub fn script(mut self, change: impl FnOnce(&mut Script)) -> Self {
        change(&mut self.config.script);
        self
    }

    /// Adds routes to those of the script, such as event routes.
    pub fn route(mut self, text: &str) -> Self {
        self.config.more_routes.push_str(text);
        self
    }

    /// Takes this config file instead of the generated one, with definitions (`-A`) such as
    /// `LISTEN_ADDRESS=udp:127.0.0.1:{PORT}`. `{PORT}`, `{DIR}`, `{MODULES}`, `{DRIVER}` and `{DB_URL}` in them are
    /// replaced.
    pub fn config_file(mut self, file: &Path, definitions: &[&str]) -> Self {
        self.config_file = Some((file.to_owned(), definitions.iter().map(|text| (*text).to_owned()).collect()));
        self
    }

    /// Sets a variable in the server's environment. `TZ` is UTC unless set.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the server's directory. In it, as in all the test says of the config, `{DB_URL}` is replaced,
    /// and its parts `{DB_PORT}` and `{DB_NAME}`.
    pub fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.to_owned(), content.to_owned()));
        self
    }

    /// Alters the database before the server sees it.
    pub fn sql(mut self, statements: &str) -> Self {
        self.sql.push(statements.to_owned());
        self
    }

    /// A database server of its own, which the test may stop, started with these options.
    pub fn own_database_server(mut self, options: &[&str]) -> Self {
        self.database_options = Some(options.iter().map(|option| (*option).to_owned()).collect());
        self
    }

    /// The database that it shares with others, instead of one of its own.
    pub fn database(mut self, database: &SharedDatabase) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Which of several servers it is: the core's parameter `server_id`.
    pub fn server_id(self, id: u8) -> Self {
        self.global(&format!("server_id={id}"))
    }

    /// How many times as fast as it should the clock of claims runs (`shared_table`): they last 513 to 1023 seconds by it.
    /// 128 at most, which makes them last 4 to 8 seconds. Servers that share a table need the same.
    pub fn claims_end_sooner(self, times: u32) -> Self {
        self.env("MSILO_TEST_LEASE_SPEED", &times.to_string())
    }

    /// Puts a network between the server and its database, which the test may slow down or silence.
    pub fn relayed_database(mut self) -> Self {
        self.relayed = true;
        self
    }

    /// Has the server ask this name server and no other, which takes a [`crate::harness::NameServer`].
    pub fn name_server(mut self, address: Ipv4Addr) -> Self {
        self.name_server = Some(address);
        self
    }

    /// Starts the server; fails the test if it does not come up.
    #[track_caller]
    pub fn start(self) -> Server {
        match self.try_start() {
            Ok(server) => server,
            Err(refusal) => panic!("the server ended at start ({}), its log:\n{}", refusal.status, refusal.log),
        }
    }

    /// Starts a server that has to refuse its config; fails the test if it comes up.
    #[track_caller]
    pub fn start_refused(self) -> Refusal {
        match self.try_start() {
            Ok(mut server) => {
                server.kill_9();
                panic!("the server started although it had to refuse its config");
            }
            Err(refusal) => refusal,
        }
    }

    /// Starts the server, or says why it ended.
    pub fn try_start(self) -> Result<Server, Refusal> {
        Server::start_with(self)
    }
}
