//! The C compiler, with the server's defines.

use super::flags::Define;
use super::Result;
use std::path::Path;

pub fn compiler(include: &Path, defines: &[Define]) -> cc::Build {
    let mut build = cc::Build::new();
    build.cargo_metadata(false).include(include).warnings(false);
    for (name, value) in defines {
        build.define(name, value.as_deref());
    }
    build
}

/// The functions stay inside the module: the server loads all modules into one process.
pub fn compile(include: &Path, defines: &[Define]) -> Result<()> {
    compiler(include, defines)
        .cargo_metadata(true)
        .include("include")
        .file("include/shim.c")
        // The server's headers are not ours to warn of. But where all warnings are off (`-w`), none is an error either.
        .warnings(true)
        .extra_warnings(false)
        .flag("-Wno-all")
        .flag("-fvisibility=hidden")
        .flag("-fno-strict-aliasing")
        .flag("-Werror=implicit-function-declaration")
        // The server's log macros print the file they stand in.
        .flag_if_supported(format!("-fmacro-prefix-map={}/=", include.display()))
        .try_compile("msilo_shim")
        .map_err(|error| {
            format!("the C compiler cannot compile include/shim.c with the headers in {}: {error}", include.display())
        })
}
