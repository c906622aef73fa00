//! What is measured. Each function takes one number of each kind for one round, C and ours in turn.

pub mod claims;
pub mod crowd;
pub mod deletes;
pub mod delivery;
pub mod instructions;
pub mod later;
pub mod limits;
pub mod lost;
pub mod memory;
pub mod store;
pub mod storm;

use super::server::Module;

/// Those whose deliveries are compared.
pub const DELIVERIES: [Module; 3] = [Module::C, Module::Ours(1), Module::Ours(64)];
/// The same straight to the registered contacts.
pub const TO_CONTACTS: [Module; 2] = [Module::Contacts(1), Module::Contacts(64)];
/// Those that are compared where the window does not matter.
pub const BOTH: [Module; 2] = [Module::C, Module::OURS];
