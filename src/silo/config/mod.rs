//! What the administrator wants: the module parameters, checked once at start.
//!
//! In come the values as the server's config parser left them ([`params`]), out comes a [`settings::Config`] in which
//! everything is possible, or the first parameter that is not ([`params::BadParam`]).
//! Nothing here knows the server: what only it can judge (is this a SIP URI?) is handed in.

pub mod columns;
pub mod params;
pub mod prefix;
pub mod settings;
pub mod sharing;
