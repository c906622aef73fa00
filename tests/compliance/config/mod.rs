//! Parameters, columns and routes: what a config may say, and what each of it does.

mod columns;
mod columns_since_5_8;
pub mod defaults;
mod parameters;
mod settings;
mod since_5_8;
mod startup;
