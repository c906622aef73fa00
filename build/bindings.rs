//! The Rust side of Kamailio's API, made by bindgen from include/kamailio.h.

use super::flags::Define;
use super::server::Server;
use super::Result;
use bindgen::callbacks::{IntKind, ParseCallbacks};
use bindgen::{Builder, EnumVariation, RustTarget};
use std::path::Path;

#[path = "allowlist.rs"]
mod allowlist;

pub fn generate(server: &Server, include: &Path, defines: &[Define], out: &Path) -> Result<()> {
    require_libclang()?;
    let target = RustTarget::stable(82, 0).map_err(|error| error.to_string())?;
    let mut builder = Builder::default()
        .header("include/kamailio.h")
        .clang_arg(format!("-I{}", include.display()))
        .clang_args(defines.iter().map(|(name, value)| match value {
            Some(value) => format!("-D{name}={value}"),
            None => format!("-D{name}"),
        }))
        .rust_target(target)
        .default_enum_style(EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_default(true)
        .derive_debug(false)
        .layout_tests(true)
        .generate_comments(false)
        .parse_callbacks(Box::new(Numbers))
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()))
        .raw_line(c_string("KAMAILIO_VERSION_STRING", "`module_version` of the server.", &server.version))
        .raw_line(c_string("KAMAILIO_FLAGS_STRING", "`module_flags` of the server.", &server.flags));
    for name in allowlist::FUNCTIONS {
        builder = builder.allowlist_function(name);
    }
    for name in allowlist::TYPES {
        builder = builder.allowlist_type(name);
    }
    for name in allowlist::VALUES {
        builder = builder.allowlist_var(name);
    }
    for name in allowlist::OPAQUE {
        builder = builder.opaque_type(name);
    }
    let bindings = builder
        .generate()
        .map_err(|error| format!("bindgen cannot read the headers in {}:\n{error}", include.display()))?;
    let file = out.join("kamailio.rs");
    bindings.write_to_file(&file).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn c_string(name: &str, comment: &str, content: &str) -> String {
    format!("/// {comment}\npub const {name}: &::std::ffi::CStr = c{content:?};")
}

/// Numbers that C code compares with an `int` get that type; bindgen makes positive ones unsigned.
#[derive(Debug)]
struct Numbers;

impl ParseCallbacks for Numbers {
    fn int_macro(&self, name: &str, _value: i64) -> Option<IntKind> {
        const SIGNED: &[&str] = &["L_", "PROC_", "SR_KEMIP_", "SR_KEMI_", "NO_SCRIPT", "VAR_PARAM_NO"];
        SIGNED.iter().any(|prefix| name.starts_with(prefix)).then_some(IntKind::Int)
    }
}

/// bindgen panics without libclang; this says instead what to install.
fn require_libclang() -> Result<()> {
    println!("cargo:rerun-if-env-changed=LIBCLANG_PATH");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let found = std::panic::catch_unwind(bindgen::clang_version);
    std::panic::set_hook(hook);
    found.map(drop).map_err(|_| {
        "libclang is missing, with which bindgen reads C headers\n  \
         install it (Debian: apt install libclang-dev), or run `make build`, which does,\n  \
         or set LIBCLANG_PATH to the directory of libclang.so"
            .to_owned()
    })
}
