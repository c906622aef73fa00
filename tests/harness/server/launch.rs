//! Starting a server: its directory, its database, its config, its port, and the wait until it answers.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsip::{Header, Method, Transport};

use crate::harness::database::database_under_test;
use crate::harness::database::shared::SharedDatabase;
use crate::harness::database::table::Table;
use crate::harness::environment;
use crate::harness::names::with_name_server;
use crate::harness::ports::Port;
use crate::harness::process::{is_asleep, Process};
use crate::harness::rpc::Rpc;
use crate::harness::server::builder::{Refusal, ServerBuilder};
use crate::harness::server::config::DOMAIN;
use crate::harness::server::log::Log;
use crate::harness::server::{whole_lines, Server, PATIENCE};
use crate::harness::sip::exchange::Exchange;
use crate::harness::sip::request::{head, via};

/// What `core.psx` calls our delivery processes.
const DELIVERY: &str = "MSILO delivery";

/// How often another port is tried when somebody else has taken ours.
const PORTS_TRIED: usize = 5;

impl Server {
    pub(in crate::harness) fn start_with(spec: ServerBuilder) -> Result<Server, Refusal> {
        let dir = tempfile::Builder::new().prefix("msilo-").tempdir().expect("a temporary directory can be made");
        fs::create_dir(dir.path().join("run")).expect("the runtime directory can be made");
        let own = || SharedDatabase::of_one(database_under_test(), dir.path(), spec.database_options.as_deref());
        let table = Table::new(spec.database.clone().unwrap_or_else(own), spec.relayed);
        for (file, content) in &spec.files {
            let content = with_database(content, &table.url());
            fs::write(dir.path().join(file), content).expect("a file of the test can be written");
        }
        for statements in &spec.sql {
            table.execute(statements);
        }
        let mut server = Server {
            port: Port::reserve(),
            log: Log::new(dir.path().join("log")),
            table,
            rpc: Rpc::new(&dir.path().join("ctl.sock")),
            exchange: Arc::new(Exchange::new()),
            process: None,
            spec,
            dir,
        };
        for _ in 1..PORTS_TRIED {
            match server.launch() {
                Err(refusal) if refusal.log.contains("Address already in use") => {
                    server.port = Port::reserve();
                    let _ = fs::remove_file(server.log.file());
                }
                Err(refusal) => return Err(refusal),
                Ok(()) => return Ok(server),
            }
        }
        server.launch().map(|()| server)
    }

    /// Starts the process and waits until it answers.
    pub(in crate::harness) fn launch(&mut self) -> Result<(), Refusal> {
        let mut command = match (self.spec.name_server, self.spec.runner.split_first()) {
            (Some(address), _) => with_name_server(environment::kamailio(), address, self.dir.path()),
            (None, None) => Command::new(environment::kamailio()),
            (None, Some((program, words))) => {
                let mut command = Command::new(program);
                command.args(words).arg(environment::kamailio());
                command
            }
        };
        self.configure(&mut command);
        command.arg("-w").arg(self.dir.path()).arg("-Y").arg(self.dir.path().join("run"));
        command.args(["-m", "64", "-M", &self.spec.private_memory.to_string()]);
        command.args(["-E", if self.spec.fork { "-DD" } else { "-D" }]);
        command.current_dir(self.dir.path());
        if let Some(library) = whole_lines::library() {
            let path = self.dir.path().join("whole_lines.so");
            fs::write(&path, library).expect("the server's directory takes a file");
            command.env("LD_PRELOAD", path);
        }
        command.envs(self.spec.environment.iter().map(|(name, value)| (name, value)));
        let mut process = match self.spec.runner.is_empty() {
            true => Process::start(&mut command, self.log.file()),
            false => Process::start_below(&mut command, self.log.file()),
        };
        let end = Instant::now() + PATIENCE;
        let probe = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket can be bound");
        loop {
            if let Some(status) = process.exited() {
                process.kill();
                return Err(Refusal { status, log: self.log.text() });
            }
            if self.answers(&probe) && self.has_forked() && self.is_up(process.pid()) {
                self.process = Some(process);
                return Ok(());
            }
            if Instant::now() >= end {
                process.kill();
                panic!("the server did not come up in {PATIENCE:?}, its log:\n{}", self.log.text());
            }
        }
    }

    /// Whether all its processes are there: those that take SIP are forked before those that deliver.
    fn has_forked(&self) -> bool {
        let wanted = self.spec.config.delivery_processes();
        self.rpc.processes().is_ok_and(|all| all.iter().filter(|(_, name)| name == DELIVERY).count() >= wanted)
    }

    /// Whether its first process has nothing more to start, of whatever module: it then waits for signals for ever. Where that
    /// cannot be seen (another program runs it, it is not allowed), it is taken to be so.
    fn is_up(&self, pid: u32) -> bool {
        let file = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        if !self.spec.fork || file("comm").trim_end() != "kamailio" {
            return true;
        }
        let call = file("syscall");
        (call.is_empty() || call.starts_with(&format!("{} ", libc::SYS_pause))) && self.has_begun()
    }

    /// Where a test is going to disturb its database: whether each process is through with its start, which it would not
    /// survive without one.
    fn has_begun(&self) -> bool {
        let Some(relay) = self.table.relay() else { return true };
        let all_wait = self.rpc.processes().is_ok_and(|all| all.iter().all(|(pid, _)| is_asleep(*pid)));
        all_wait && !relay.is_asked()
    }

    /// Hands over the config of the test, or writes one.
    fn configure(&self, command: &mut Command) {
        let (port, dir) = (self.port.number(), self.dir.path());
        let Some((file, definitions)) = &self.spec.config_file else {
            let config = dir.join("kamailio.cfg");
            let text = self.spec.config.render(port, dir, database_under_test(), &self.table.url());
            fs::write(&config, with_database(&text, &self.table.url())).expect("the config is written");
            command.arg("-f").arg(&config);
            return;
        };
        command.arg("-f").arg(file);
        for definition in definitions {
            let definition = definition.replace("{PORT}", &port.to_string()).replace("{DIR}", &dir.to_string_lossy());
            let definition = definition.replace("{MODULES}", &environment::module_path(self.spec.config.module));
            let definition = definition.replace("{DRIVER}", database_under_test().driver());
            command.arg("-A").arg(definition.replace("{DB_URL}", &self.table.url()));
        }
    }

    /// Whether an OPTIONS gets a reply.
    fn answers(&self, probe: &UdpSocket) -> bool {
        let Ok(own) = probe.local_addr() else {
            return false;
        };
        let (from, to) = (format!("<sip:probe@{DOMAIN}>;tag=probe"), format!("<sip:{DOMAIN}>"));
        let headers = vec![
            via(Transport::Udp, own, "z9hG4bK-probe"),
            Header::MaxForwards(9.into()),
            Header::From(from.into()),
            Header::To(to.into()),
            Header::CallId(format!("probe-{own}").into()),
            Header::CSeq(rsip::typed::CSeq { seq: 1, method: Method::Options }.into()),
            Header::ContentLength(0.into()),
        ];
        let request = head(Method::Options, &format!("sip:{DOMAIN}"), headers.into(), &[]);
        let _ = probe.set_read_timeout(Some(Duration::from_millis(20)));
        let sent = probe.send_to(&request, self.address());
        sent.is_ok() && probe.recv_from(&mut [0; 4096]).is_ok()
    }
}

/// `text` with `{DB_URL}`, and its parts `{DB_PORT}` and `{DB_NAME}`, replaced.
fn with_database(text: &str, url: &str) -> String {
    // As in mysql://user:password@127.0.0.1:3306/name.
    let mut parts = url.rsplit(['/', ':']);
    let (name, port) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    text.replace("{DB_URL}", url).replace("{DB_PORT}", port).replace("{DB_NAME}", name)
}
