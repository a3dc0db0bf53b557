//! The answer to a request. It only comes out of a response that verified, or out of the store
//! that keeps such responses.

use std::fmt;

use super::receipt::VerifiedReceipt;
use crate::id::{ChittyId, Class};

/// An id that a service issued, with the proof.
#[derive(Clone)]
pub struct Issued {
    receipt: VerifiedReceipt,
}

impl Issued {
    pub(crate) fn new(receipt: VerifiedReceipt) -> Self {
        Self { receipt }
    }

    /// The id.
    pub fn id(&self) -> ChittyId {
        self.receipt.id()
    }

    /// The proof: keep it with the id, anyone can check it offline.
    pub fn receipt(&self) -> &VerifiedReceipt {
        &self.receipt
    }

    /// Standard or fallback.
    pub fn class(&self) -> Class {
        self.receipt.class()
    }

    /// Whether the id will be replaced: learn the permanent one through `resolve` or events.
    pub fn is_temporary(&self) -> bool {
        self.class() == Class::Fallback
    }
}

/// Prints the class and not the id.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issued({})", self.class().as_str())
    }
}
