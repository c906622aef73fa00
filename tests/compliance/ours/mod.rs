//! What C does not have: the delivery process, `m_dump(owner, maxmsg)`, `m_dump` before the SIP processes run, parameters
//! that are checked and named, and a module that shows nothing but what the server looks up. C fails each of these.

mod advice;
mod delivery_process;
mod event_routes;
mod maxmsg;
pub mod numbers;
pub mod process;
mod stop;
mod symbols;
mod variables;
mod wrong_texts;
