//! What the fuzz targets share: the part of the module that needs no server, built here from its source because the
//! crate itself does not link without one, and the properties that are asserted in more than one target.

/// Log lines of the module.
#[path = "../../src/log.rs"]
pub mod log;
#[path = "../../src/silo/mod.rs"]
pub mod silo;

pub mod check;
pub mod settings;
