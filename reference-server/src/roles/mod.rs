//! The roles of the server, each with its own port, keys and database (decision D20).

mod all;
mod broker;
mod fallback;
mod main;
mod restored;

pub use self::all::{All, start_all};
pub use self::broker::{BrokerBuilder, BrokerHandle, BrokerServer};
pub use self::fallback::{FallbackBuilder, FallbackHandle, FallbackServer};
pub(crate) use self::main::{DEFAULT_MAX, enroll};
pub use self::main::{MainBuilder, MainHandle, MainServer};
pub(crate) use self::restored::close_month;
