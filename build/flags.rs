//! From the strings a server checks to the defines it was compiled with.

use super::server::Server;
use super::Result;

/// A preprocessor define: its name, and its value where it has one.
pub type Define = (String, Option<String>);

/// Set by Kamailio's makefiles on Linux with gcc, and not part of the flags string. Some of them change
/// the layout of structures.
const ALWAYS: &[&str] = &[
    "CC_GCC_LIKE_ASM",
    "HAVE_ALLOCA_H",
    "HAVE_EPOLL",
    "HAVE_GETHOSTBYNAME2",
    "HAVE_IP_MREQN",
    "HAVE_MSGHDR_MSG_CONTROL",
    "HAVE_MSG_NOSIGNAL",
    "HAVE_SCHED_SETSCHEDULER",
    "HAVE_SCHED_YIELD",
    "HAVE_SELECT",
    "HAVE_SIGIO_RT",
    "HAVE_TIMEGM",
    "HAVE_UNION_SEMUN",
    "SIGINFO64_WORKARROUND",
    "STATISTICS",
    "USE_CORE_STATS",
    "WITH_XAVP",
];

/// `release` is the version of the headers, not the server's: the proof compares the two.
pub fn defines(server: &Server, release: &str) -> Result<Vec<Define>> {
    let (name, cpu, os) =
        server.platform().ok_or_else(|| format!("the server's version has an unknown form: {}", server.version))?;
    let number =
        version_value(release).ok_or_else(|| format!("the version of the headers has an unknown form: {release}"))?;

    let mut defines = vec![
        text("NAME", name),
        text("VERSION", release),
        text("ARCH", cpu),
        text("OS_QUOTED", os),
        text("MOD_NAME", "msilo"),
        value("OS", format!("{os}_")),
        value("VERSIONVAL", number.to_string()),
        // CMake builds of 6.1 call it Linux in the version, and linux here.
        plain(&format!("__OS_{}", os.to_ascii_lowercase())),
        plain(&format!("__CPU_{cpu}")),
    ];
    defines.extend(ALWAYS.iter().map(|name| plain(name)));
    // Tokens are separated by commas; the variants of FAST_LOCK follow it after hyphens.
    let flags = match server.flags.strip_prefix(", EXTRA_DEBUG") {
        // It stands first, and the flag after it has no comma in front when that is USE_TCP.
        Some(others) => {
            defines.push(plain("EXTRA_DEBUG"));
            others
        }
        None => &server.flags,
    };
    for token in flags.split([',', '-']).map(str::trim).filter(|token| !token.is_empty()) {
        match token {
            "TLS_PTHREAD_MUTEX_SHARED" => defines.push(plain("KSR_PTHREAD_MUTEX_SHARED")),
            "ADAPTIVE_WAIT" => {
                defines.push(plain(token));
                defines.push(value("ADAPTIVE_WAIT_LOOPS", server.adaptive_wait_loops().to_string()));
            }
            _ => defines.push(plain(token)),
        }
    }
    Ok(defines)
}

/// The version as one number: 5.6.3 is 5006003, and 6.1.0-rc1 is 6001000.
fn version_value(number: &str) -> Option<u32> {
    let mut parts = number.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let (major, minor, patch) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(major * 1_000_000 + minor * 1_000 + patch)
}

fn plain(name: &str) -> Define {
    (name.to_owned(), None)
}

fn value(name: &str, value: String) -> Define {
    (name.to_owned(), Some(value))
}

/// A define whose value is a C string.
fn text(name: &str, content: &str) -> Define {
    value(name, format!("\"{content}\""))
}
