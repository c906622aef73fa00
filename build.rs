//! Builds msilo.so for the Kamailio that is installed: finds the server, reads its version and compile
//! flags, reads its headers with bindgen and compiles the C shim with the very same defines.
//!
//! `make build` fetches what is missing first; a plain `cargo build` says what that is.

#[path = "build/bindings.rs"]
mod bindings;
#[path = "build/flags.rs"]
mod flags;
#[path = "build/headers.rs"]
mod headers;
#[path = "build/proof.rs"]
mod proof;
#[path = "build/server.rs"]
mod server;
#[path = "build/shim.rs"]
mod shim;
#[path = "build/support.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::exit;

/// What stops a build: a text for the person who started it.
type Result<T> = std::result::Result<T, String>;

fn main() {
    if let Err(reason) = build() {
        eprintln!("\nmsilo cannot be built: {reason}\n");
        exit(1);
    }
}

fn build() -> Result<()> {
    for input in ["build.rs", "build", "include"] {
        println!("cargo:rerun-if-changed={input}");
    }
    let out = PathBuf::from(environment("OUT_DIR")?);

    let server = server::Server::find()?;
    let target = support::Target::of_this_build()?;
    support::check(&server, &target)?;
    let untested = support::untested(&target);
    if let Some(warning) = &untested {
        println!("cargo:warning={warning}");
    }
    read_headers(&server, &out).map_err(|reason| match untested {
        Some(warning) => format!("{reason}\n  {warning}"),
        None => reason,
    })?;
    link(&server);

    println!("cargo:rustc-env=KAMAILIO_VERSION_STRING={}", server.version);
    println!("cargo:rustc-env=KAMAILIO_FLAGS_STRING={}", server.flags);
    println!("cargo:rustc-env=KAMAILIO_VERSION={}", server.number());
    Ok(())
}

/// Makes the bindings and the shim, once the headers are proved to be the server's.
fn read_headers(server: &server::Server, out: &Path) -> Result<()> {
    let headers = headers::find(server)?;
    let include = &headers.include;
    let defines = flags::defines(server, &headers.version)?;
    proof::prove(server, include, &defines, out)?;
    bindings::generate(server, include, &defines, out)?;
    shim::compile(include, &defines)
}

/// Kamailio 5 keeps the database interface in a library of its own; from 6.0 on it is inside the server. The module
/// looks for it where it is here, or where `KAMAILIO_RPATH` says: a package is built on another machine.
fn link(server: &server::Server) {
    let Some(directory) = server.modules.parent() else {
        return;
    };
    let library = directory.join("libsrdb1.so.1");
    if library.exists() {
        println!("cargo:rerun-if-changed={}", library.display());
        println!("cargo:rustc-cdylib-link-arg={}", library.display());
        let place = setting("KAMAILIO_RPATH").unwrap_or_else(|| directory.to_owned());
        println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{}", place.display());
    }
}

/// A variable that cargo sets for build scripts.
fn environment(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("cargo did not set {name}"))
}

/// A variable the person who builds may set; cargo runs this script again when it changes.
fn setting(name: &str) -> Option<PathBuf> {
    println!("cargo:rerun-if-env-changed={name}");
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
