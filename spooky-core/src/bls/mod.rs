//! Glue over `blst` for the curve BLS12-381: scalars, points, hashing to the curve (RFC 9380),
//! multiplication in constant time for secrets and in variable time for public data, pairings.
//!
//! The only room of the crate with `unsafe`: blst is C and assembly. Every call goes through
//! [`blst_call!`] or stands beside its own argument. Refuses to know anything about signatures.

#![allow(unsafe_code)]

mod endomorphism;
mod g1;
mod g2;
pub(crate) mod hash;
mod msm;
mod public;
mod reveal;
mod scalar;
mod table;

pub(crate) use g1::{G1, G1Affine, to_affine_batch};
pub(crate) use g2::{G2Affine, PreparedG2, pairings_equal};
pub(crate) use msm::{Term, public_sum, secret_sum};
pub(crate) use public::public_msm_128;
pub(crate) use reveal::reveal;
#[cfg(test)]
pub(crate) use reveal::valgrind;
pub(crate) use scalar::Scalar;
pub(crate) use table::{SecretTable, Shape, Table};

/// Calls a blst function that writes one value and reads others, and returns what it wrote.
macro_rules! blst_call {
    ($function:ident -> $type:ty; $($argument:expr),*) => {{
        let mut out = <$type>::default();
        // SAFETY: `out` is an initialised value of the type that the function writes, every other
        // pointer is made from a live reference to the type that it reads (or is a number), and
        // the function keeps no pointer. Reading and writing never overlap: `out` is new.
        unsafe { blst::$function(&raw mut out, $($argument),*) };
        out
    }};
}
pub(crate) use blst_call;
