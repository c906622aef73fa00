//! Galera: MariaDBs that keep the same data, each of which takes writes. The nodes speak to each other on loopback.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::mariadb;
use super::served::Database;
use super::service::{Engine, Service};
use crate::harness::ports::Port;
use crate::harness::sys;
use crate::harness::wait::until;

/// As MariaDB, but never as root: the rsync that brings a new node its data would give up root's rights, and with them
/// those to the data.
const ENGINE: Engine = Engine { install, command, ..mariadb::ENGINE };

/// What lies where Debian and others put it.
const PROVIDERS: [&str; 3] =
    ["/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera/libgalera_smm.so", "/usr/lib/libgalera_smm.so"];

/// Whether the machine has it, or what it lacks.
pub fn provider() -> Result<PathBuf, String> {
    let found = PROVIDERS.iter().map(PathBuf::from).find(|file| file.exists());
    let provider = found.ok_or_else(|| "there is no libgalera_smm.so: install the package galera-4".to_owned())?;
    let rsync = Command::new("rsync").arg("--version").output();
    rsync.map_err(|_| "there is no rsync, which brings a node its data".to_owned())?;
    Ok(provider)
}

/// Starts so many nodes, and makes a database with the stock tables; each node's own view of it.
pub fn start(count: usize) -> Vec<Database> {
    let provider = provider().unwrap_or_else(|error| panic!("{error}"));
    let mut peers: Vec<String> = Vec::new();
    let mut nodes: Vec<Database> = Vec::new();
    for number in 1..=count {
        let [group, transfer, state] = [(); 3].map(|()| Port::reserve());
        let own = format!("127.0.0.1:{}", group.number());
        let provider_options = format!(
            "base_host=127.0.0.1;base_port={};gmcast.listen_addr=tcp://{own};ist.recv_addr=127.0.0.1:{};gcache.size=32M",
            group.number(),
            transfer.number()
        );
        let mut options = vec![
            "--binlog-format=ROW".to_owned(),
            "--innodb-autoinc-lock-mode=2".to_owned(),
            "--wsrep-on=ON".to_owned(),
            format!("--wsrep-provider={}", provider.display()),
            "--wsrep-cluster-name=msilo".to_owned(),
            format!("--wsrep-node-name=node{number}"),
            format!("--wsrep-node-address={own}"),
            "--wsrep-sst-method=rsync".to_owned(),
            format!("--wsrep-sst-receive-address=127.0.0.1:{}", state.number()),
            format!("--wsrep-provider-options={provider_options}"),
            format!("--wsrep-cluster-address=gcomm://{}", peers.join(",")),
        ];
        if peers.is_empty() {
            options.push("--wsrep-new-cluster".to_owned());
        }
        // The ports are the node's for as long as it runs.
        let service = Arc::new(Service::start_engine(ENGINE, &options).with_ports([group, transfer, state]));
        let node = match nodes.first() {
            None => Database::create(service),
            Some(first) => {
                let node = first.seen_from(Arc::clone(&service));
                until("the new node has the tables", || node.answers());
                node
            }
        };
        nodes.push(node);
        peers.push(own);
    }
    nodes
}

fn install(dir: &Path) -> Command {
    if let Some((user, group)) = its_user() {
        chown(dir, Some(user), Some(group)).expect("root can give a directory away");
    }
    mariadb::install_as(&as_its_user(), dir)
}

fn command(dir: &Path, port: u16) -> Command {
    mariadb::command_as(&as_its_user(), dir, port)
}

fn as_its_user() -> String {
    match its_user() {
        Some(_) => "--user=mysql".to_owned(),
        None => "--skip-symbolic-links".to_owned(),
    }
}

/// The user that the package has made, if we are root.
fn its_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.starts_with("mysql:"));
    let ids = line.and_then(|line| {
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    });
    (sys::user_id() == 0).then(|| ids.expect("root cannot run Galera, and there is no user mysql"))
}
