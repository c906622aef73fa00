//! The parts of the build script (`build/`) that read what others wrote, the strings of a server's modules and the version
//! in a tree of its sources; the scripts that do the same in the shell (`kamailio-headers/`); and what a person is shown of
//! tests that failed.

mod failures_test;
mod headers_test;
mod scripts_test;
mod server_test;
mod support_test;

// What the parts take from build.rs.
type Result<T> = std::result::Result<T, String>;

fn environment(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("{name} is not set"))
}

fn setting(name: &str) -> Option<std::path::PathBuf> {
    std::env::var_os(name).map(Into::into)
}

#[allow(dead_code)]
#[path = "../../build/flags.rs"]
mod flags;
#[allow(dead_code)]
#[path = "../../build/headers.rs"]
mod headers;
#[allow(dead_code)]
#[path = "../../build/server.rs"]
mod server;
#[allow(dead_code)]
#[path = "../../build/support.rs"]
mod support;
