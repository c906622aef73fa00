//! `bind_msilo`: another module stores and dumps through msilo's C interface. The module is `tests/bind/bind_test.c`,
//! compiled here with the flags and the headers that msilo itself is built with.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::differences::differs;
use crate::harness::{Answer, Server};
use crate::skip::missing;

#[allow(dead_code)]
#[path = "../../build/flags.rs"]
mod flags;
#[allow(dead_code)]
#[path = "../../build/headers.rs"]
mod headers;
#[allow(dead_code)]
#[path = "../../build/server.rs"]
mod server;

/// What the parts of the build script take from it.
type Result<T> = std::result::Result<T, String>;

fn setting(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn environment(name: &str) -> Result<String> {
    match name {
        "CARGO_MANIFEST_DIR" => Ok(env!("CARGO_MANIFEST_DIR").to_owned()),
        _ => Err(format!("{name} is not set in a test")),
    }
}

/// The compiled module, in a directory that goes away with it.
pub struct Module {
    dir: TempDir,
}

impl Module {
    /// Compiles it; `None`, with a word on the terminal, where there are no headers or no compiler.
    pub fn compile() -> Option<Module> {
        let server = server::Server::find().expect("the server's modules are there");
        let headers = match headers::find(&server) {
            Ok(headers) => headers,
            Err(reason) => {
                missing(&reason);
                return None;
            }
        };
        let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        if Command::new(&compiler).arg("--version").output().is_err() {
            missing(&format!("there is no C compiler ({compiler})"));
            return None;
        }
        let dir = tempfile::Builder::new().prefix("msilo-bind-").tempdir().expect("a directory can be made");
        let defines = flags::defines(&server, &headers.version).expect("the server's flags are known");
        let mut command = Command::new(compiler);
        command.args(["-shared", "-fPIC", "-O1", "-w", "-std=gnu11", "-I"]).arg(&headers.include);
        for (name, value) in defines.iter().filter(|(name, _)| name != "MOD_NAME") {
            command.arg(match value {
                Some(value) => format!("-D{name}={value}"),
                None => format!("-D{name}"),
            });
        }
        command.arg("-DMOD_NAME=\"bind_test\"");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bind/bind_test.c"));
        command.arg("-o").arg(dir.path().join("bind_test.so"));
        let output = command.output().expect("the compiler runs");
        assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
        Some(Module { dir })
    }

    /// What `loadmodule` is given for it.
    pub fn path(&self) -> String {
        self.dir.path().join("bind_test").to_string_lossy().into_owned()
    }

    /// A server with it, whose script calls `store` and `dump`.
    fn start(&self, store: &str, dump: &str) -> Server {
        let builder = Server::builder().load(&self.path());
        let server = builder.script(|script| {
            script.store = store.into();
            script.dump = dump.into();
        });
        server.start()
    }
}

/// Stores a message for bob through another module, and has it delivered through it.
#[track_caller]
fn expect_delivery(store: &str, dump: &str) {
    let Some(module) = Module::compile() else { return };
    let server = module.start(store, dump);
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("m_store returned 1");
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.wait_for_log("m_dump returned 1");
    server.table().wait_until_empty();
}

#[test]
fn another_module_stores_and_dumps_with_an_owner() {
    expect_delivery("bound_store(\"$ru\")", "bound_dump(\"$tu\")");
}

#[test]
fn another_module_stores_and_dumps_without_an_owner() {
    expect_delivery("bound_store()", "bound_dump()");
}

#[test]
fn another_module_gets_minus_one_for_a_message_that_is_not_stored() {
    let Some(module) = Module::compile() else { return };
    let server = module.start("bound_store(\"$ru\")", "bound_dump()");
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
}

#[test]
fn another_module_gets_minus_one_for_a_register_that_removes_its_contact() {
    let Some(module) = Module::compile() else { return };
    let server = module.start("bound_store()", "bound_dump()");
    server.agent("bob").unregister();
    server.wait_for_log("m_dump returned -1");
}

/// C stores it a second time.
#[test]
fn another_module_takes_back_what_msilo_has_sent() {
    let Some(module) = Module::compile() else { return };
    differs(|| {
        let server = module.start("bound_store(\"$ru\")", "bound_dump()");
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        bob.register();
        let message = bob.receive();
        bob.unregister();
        let from = message.header("From").expect("it has a From");
        bob.message("bob").from(from).text(&message.text()).send().expect_code(202);
        assert_eq!(server.table().only_row(), row);
    });
}
