//! What the administrator's config gives the module: parameters, and texts with pseudo-variables in them.

pub mod avp;
pub mod param;
pub mod pv;
pub mod route;
pub mod variables;
