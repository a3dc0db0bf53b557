//! Life of a credential, the abuse list with its controls, codecs, unlinkability by byte search.

mod abuse;
mod codec;
mod issuance;
mod life;
mod unlinkable;
mod verifier;
mod world;
