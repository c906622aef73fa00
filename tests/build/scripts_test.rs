//! The scripts of `kamailio-headers/`, for a server in a directory of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const VERSION: &str = "kamailio 5.6.3 (x86_64/linux)";
const FLAGS: &str = "USE_TCP, USE_TLS, SHM_MMAP";

/// A prefix with a server, as `make install` of Kamailio's sources leaves it.
struct Prefix {
    dir: TempDir,
}

impl Prefix {
    fn new() -> Prefix {
        let prefix = Prefix { dir: tempfile::tempdir().expect("a temporary directory can be made") };
        for dir in ["sbin", "share/kamailio/db_sqlite", "lib64/kamailio/modules"] {
            fs::create_dir_all(prefix.path(dir)).expect("it can be made");
        }
        module(&prefix.path("lib64/kamailio/modules/tm.so"), VERSION, FLAGS);
        fs::write(prefix.modules().join("msilo.so"), "the server's own").expect("it can be written");
        prefix.program("kamailio", &format!("echo 'version: {VERSION} '"));
        prefix.program("kamcmd", "");
        prefix
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn modules(&self) -> PathBuf {
        self.path("lib64/kamailio/modules")
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.path("sbin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("it can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    }

    /// Runs a script with `KAMAILIO_MODULES`.
    fn bash(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("bash");
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        for name in ["KAMAILIO", "KAMCMD", "KAMAILIO_SQL"] {
            command.env_remove(name);
        }
        command.env("KAMAILIO_MODULES", self.modules()).output().expect("bash runs")
    }

    /// What `make install` does with a module that carries these strings: what it says, if it refuses.
    fn install(&self, version: &str, flags: &str) -> Result<(), String> {
        let built = self.path("built.so");
        module(&built, version, flags);
        let output = self.bash(&["kamailio-headers/install.sh", &built.to_string_lossy()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            assert_eq!(fs::read(self.modules().join("msilo.so")).ok(), fs::read(built).ok());
            return Ok(());
        }
        assert_eq!(self.own(), "the server's own");
        Err(said)
    }

    fn own(&self) -> String {
        fs::read_to_string(self.modules().join("msilo.so")).expect("there is one")
    }

    /// The three variables that `server_programs` sets.
    fn programs(&self) -> Result<Vec<String>, String> {
        let script = ". kamailio-headers/server.sh; set -eu; server_programs; \
                      printf '%s\\n' \"$KAMAILIO\" \"$KAMCMD\" \"$KAMAILIO_SQL\"";
        let output = self.bash(&["-c", script]);
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

fn module(file: &Path, version: &str, flags: &str) {
    fs::write(file, format!("\u{7f}ELF\0{version}\0more\0{flags}\0")).expect("a module can be written");
}

#[test]
fn a_module_for_this_server_is_installed_and_its_own_comes_back() {
    let prefix = Prefix::new();
    prefix.install(VERSION, FLAGS).expect("it fits");
    let output = prefix.bash(&["kamailio-headers/install.sh", "--undo"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(prefix.own(), "the server's own");
}

#[test]
fn a_module_for_another_version_is_not_installed() {
    let refusal = Prefix::new().install("kamailio 5.6.4 (x86_64/linux)", FLAGS).expect_err("it does not fit");
    assert!(refusal.contains("the module's version: kamailio 5.6.4 (x86_64/linux)"), "{refusal}");
}

#[test]
fn a_module_for_other_compile_flags_is_not_installed() {
    for other in ["USE_TCP, USE_TLS, SHM_MMAP, DBG_SR_MEMORY", ", EXTRA_DEBUGUSE_TCP, USE_TLS, SHM_MMAP", "none"] {
        let refusal = Prefix::new().install(VERSION, other).expect_err("it does not fit");
        assert!(refusal.contains("the server's compile flags: USE_TCP, USE_TLS, SHM_MMAP"), "{refusal}");
    }
}

#[test]
fn a_server_with_extra_debug_gets_its_module() {
    let prefix = Prefix::new();
    let flags = ", EXTRA_DEBUGUSE_TCP, USE_TLS, SHM_MMAP";
    module(&prefix.modules().join("tm.so"), VERSION, flags);
    prefix.install(VERSION, FLAGS).expect_err("it does not fit");
    prefix.install(VERSION, flags).expect("it fits");
}

#[test]
fn the_programs_are_those_of_the_server_that_the_modules_are_of() {
    let prefix = Prefix::new();
    let programs = prefix.programs().expect("they are found");
    let expected = ["sbin/kamailio", "sbin/kamcmd", "share/kamailio/db_sqlite"];
    assert_eq!(programs, expected.map(|name| prefix.path(name).to_string_lossy().into_owned()));
}

#[test]
fn a_program_of_another_version_than_the_modules_is_not_started() {
    let prefix = Prefix::new();
    prefix.program("kamailio", "echo 'version: kamailio 6.0.1 (x86_64/linux) '");
    let refusal = prefix.programs().expect_err("it is another");
    assert!(refusal.contains("is not the server of the modules in"), "{refusal}");
}
