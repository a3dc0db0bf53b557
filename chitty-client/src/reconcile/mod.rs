//! Obligations: what was asked, what was answered, and which fallback ids are still owed a
//! permanent one (`spec/queue.md`; decisions D6–D8).

pub(crate) mod alias;
pub mod drain;
pub(crate) mod driver;
pub mod pending;
pub(crate) mod record;
pub(crate) mod settle;
pub mod store;
