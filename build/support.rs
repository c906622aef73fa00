//! What a build needs of the server and of the machine beyond headers: a version, a processor and a C library that msilo can
//! be built for. Asked before the headers are read, so that nobody has to guess it from what bindgen says.

use super::server::Server;
use super::Result;

/// The oldest Kamailio that has all of the API that msilo calls, and the oldest that the tests have run on.
const OLDEST: (u32, u32) = (5, 4);
/// The processor that the tests run on.
const TESTED_CPU: &str = "x86_64";

/// What the module is compiled for, as cargo says it.
pub struct Target {
    /// The processor, like `x86_64`.
    pub cpu: String,
    /// The C library, like `gnu` or `musl`.
    pub library: String,
    /// Whether Rust links that library into the module, as it does with musl unless told otherwise.
    pub is_static: bool,
}

impl Target {
    /// The target of this build.
    pub fn of_this_build() -> Result<Self> {
        let features = super::environment("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
        Ok(Self {
            cpu: super::environment("CARGO_CFG_TARGET_ARCH")?,
            library: super::environment("CARGO_CFG_TARGET_ENV").unwrap_or_default(),
            is_static: features.split(',').any(|feature| feature == "crt-static"),
        })
    }
}

/// Whether msilo can be built for this server, and by this Rust.
pub fn check(server: &Server, target: &Target) -> Result<()> {
    let number = server.number();
    if version(number).is_some_and(|version| version < OLDEST) {
        return Err(format!(
            "the server in {} is Kamailio {number}; the oldest that msilo can be built for is {}.{}\n  \
             upgrade the server, or keep the msilo.so that came with it",
            server.modules.display(),
            OLDEST.0,
            OLDEST.1
        ));
    }
    if let Some((_, cpu, _)) = server.platform() {
        if rust_name(cpu).is_some_and(|name| name != target.cpu) {
            return Err(format!(
                "the server in {} is for the processor {cpu}, and this build is for {}\n  \
                 build on a machine like the server's, with its Rust; or name that processor's target to cargo \
                 (CARGO_BUILD_TARGET), with a C compiler for it (CC)",
                server.modules.display(),
                target.cpu
            ));
        }
    }
    if target.is_static {
        return Err(format!(
            "this Rust links the C library ({}) into what it builds, and a module of a server cannot be linked like that\n  \
             for a server that uses the same C library: RUSTFLAGS=\"-C target-feature=-crt-static\" make build",
            target.library
        ));
    }
    Ok(())
}

/// What to say of a machine that the tests do not run on: that it was never promised.
pub fn untested(target: &Target) -> Option<String> {
    let mut untested = Vec::new();
    if target.cpu != TESTED_CPU {
        untested.push(format!("the processor {} (tested: {TESTED_CPU})", target.cpu));
    }
    if target.library != "gnu" {
        untested.push(format!("the C library {} (tested: the GNU one)", target.library));
    }
    (!untested.is_empty()).then(|| format!("msilo is not tested on {}", untested.join(", on ")))
}

/// Major and minor: `5.6.3` is (5, 6), and `6.2.0-dev1` is (6, 2).
fn version(number: &str) -> Option<(u32, u32)> {
    let mut parts = number.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Rust's name for a processor that the server calls by another; of those that are not here nothing is known.
fn rust_name(cpu: &str) -> Option<&'static str> {
    match cpu {
        "x86_64" | "amd64" => Some("x86_64"),
        "i386" | "i486" | "i586" | "i686" => Some("x86"),
        "aarch64" | "arm64" => Some("aarch64"),
        "arm" | "arm6" | "arm7" => Some("arm"),
        _ => None,
    }
}
