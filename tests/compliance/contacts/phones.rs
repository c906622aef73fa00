//! Real phones with nobody in front of them: baresip and linphone register, and show what was stored.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::to_contacts;
use crate::differences::differs;
use crate::harness::{end_with_us, until, within, Port, Server};
use crate::skip::skipped;

/// How long a phone may take from its start to the last message.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a phone talks to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Udp,
    Tcp,
}

impl By {
    fn name(self) -> &'static str {
        if self == By::Udp {
            "udp"
        } else {
            "tcp"
        }
    }
}

/// A phone that runs, bob's; ended when dropped.
struct Phone {
    program: &'static str,
    child: Child,
    home: TempDir,
    _port: Port,
}

impl Phone {
    /// Whether that program is there; says so when it is not. None of the images has the phones: they bring a desktop's
    /// libraries with them.
    fn is_there(program: &str, package: &str) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|dir| dir.join(program).exists());
        if !found {
            skipped(&format!("there is no {program}: install the package {package}"));
        }
        found
    }

    fn start(program: &'static str, arguments: &[&str], home: TempDir, port: Port) -> Phone {
        let screen = File::create(home.path().join("screen")).expect("the phone's output can be kept");
        let errors = screen.try_clone().expect("the phone's output can be shared");
        let mut command = Command::new(program);
        // The keyboard is there, and nobody types: at its end linphonec would end.
        command.args(arguments).current_dir(&home).stdin(Stdio::piped()).stdout(screen).stderr(errors);
        command.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        end_with_us(&mut command);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Phone { program, child, home, _port: port }
    }

    fn baresip(by: By, server: &Server) -> Option<Phone> {
        if !Phone::is_there("baresip", "baresip-core") {
            return None;
        }
        let (home, port) = (home(), Port::reserve());
        let (name, address) = (by.name(), server.address());
        // What comes is shown by the module of the terminal.
        let modules = "module stdio.so\nmodule_app account.so\nmodule_app contact.so\nmodule_app menu.so\n";
        let place = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
        let place = place.into_iter().find(|place| Path::new(place).exists()).unwrap_or("/usr/lib/baresip/modules");
        let config = format!("sip_listen 127.0.0.1:0\nmodule_path {place}\n{modules}");
        let account = format!(
            "<sip:bob@example.test;transport={name}>;auth_pass=none;regint=600;outbound=\"sip:{address};transport={name}\"\n"
        );
        write(&home, "config", &config);
        write(&home, "accounts", &account);
        write(&home, "contacts", "");
        let directory = home.path().display().to_string();
        Some(Phone::start("baresip", &["-4", "-f", &directory], home, port))
    }

    fn linphone(by: By, server: &Server) -> Option<Phone> {
        if !Phone::is_there("linphonec", "linphone-cli") {
            return None;
        }
        let (home, port) = (home(), Port::reserve());
        let (name, address) = (by.name(), server.address());
        // Over TCP it listens nowhere: what it gets comes over its own connection.
        let (udp, tcp) = if by == By::Udp { (port.number().to_string(), "0") } else { ("0".to_owned(), "-2") };
        let config = format!(
            "[sip]\nsip_port={udp}\nsip_tcp_port={tcp}\nsip_tls_port=0\ndefault_proxy=0\nregister_only_when_network_is_up=0\n\
             [proxy_0]\nreg_proxy=<sip:{address};transport={name}>\nreg_route=<sip:{address};transport={name}>\n\
             reg_identity=sip:bob@example.test\nreg_expires=600\nreg_sendregister=1\npublish=0\n"
        );
        for place in [".local/share/linphone", ".config/linphone"] {
            fs::create_dir_all(home.path().join(place)).expect("a directory of the phone can be made");
        }
        write(&home, "config", &config);
        let file = home.path().join("config").display().to_string();
        Some(Phone::start("linphonec", &["-c", &file], home, port))
    }

    /// What it has shown so far.
    fn screen(&self) -> String {
        fs::read(self.home.path().join("screen"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until it has shown these, in this order.
    #[track_caller]
    fn expect_shown(&self, texts: &[&str]) {
        let shown = |screen: String| {
            texts.iter().try_fold(0, |from, text| screen.get(from..)?.find(text).map(|at| from + at + text.len()))
        };
        if within(PATIENCE, || shown(self.screen())).is_none() {
            panic!("{} has not shown {texts:?} in {PATIENCE:?}, but:\n{}", self.program, self.screen());
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn home() -> TempDir {
    tempfile::Builder::new().prefix("msilo-phone-").tempdir().expect("a directory can be made")
}

fn write(home: &TempDir, name: &str, text: &str) {
    fs::write(home.path().join(name), text).expect("a file of the phone can be written");
}

/// Messages that wait for bob are shown by his phone.
#[track_caller]
fn expect_shown(by: By, phone: fn(By, &Server) -> Option<Phone>) {
    let server = to_contacts().tcp().start();
    let alice = server.agent("alice");
    for text in ["the first from the silo", "the second from the silo"] {
        alice.message("bob").text(text).send().expect_code(202);
    }
    let Some(phone) = phone(by, &server) else { return };
    phone.expect_shown(&["] the first from the silo", "] the second from the silo"]);
    // linphone tells alice that they have come: by messages, which wait for her.
    until("bob's inbox is empty", || server.table().count_of("bob") == 0);
    server.wait_for_statistic("dumped_messages", 2);
    assert_eq!(server.statistic("failed_messages"), 0);
}

#[test]
fn baresip_registered_over_udp_shows_the_stored_messages() {
    differs(|| expect_shown(By::Udp, Phone::baresip));
}

#[test]
fn baresip_registered_over_tcp_shows_the_stored_messages() {
    differs(|| expect_shown(By::Tcp, Phone::baresip));
}

#[test]
fn linphone_registered_over_udp_shows_the_stored_messages() {
    differs(|| expect_shown(By::Udp, Phone::linphone));
}

#[test]
fn linphone_registered_over_tcp_shows_the_stored_messages() {
    differs(|| expect_shown(By::Tcp, Phone::linphone));
}
