//! **Hazardous**: the additive tag of the first specification, T = G1·(SK + H(site)).
//!
//! It keeps none of the promises of a tag: T − G1·H(site) is the same point at every site, so that
//! anybody joins the lists of two sites, and one tag yields all others. It is here only to recognise
//! tags that were stored in the past while they are replaced. Nothing in this crate makes one for
//! use.

use zeroize::Zeroizing;

use crate::{
    Error,
    bls::{G1Affine, Scalar, Shape, Table, public_sum, secret_sum},
    encoding::sha256,
};

/// H(site): SHA-256 twice, read as a little-endian number, and 1 where that is not below the group
/// order. The second is a defect of the original that more than half of all sites meet.
fn site_scalar(site: &str) -> Scalar {
    let mut digest = sha256(&sha256(site.as_bytes()));
    digest.reverse();
    Scalar::from_bytes(&digest).unwrap_or_else(|_| Scalar::one())
}

/// The additive tag of `secret` (32 octets, big-endian, below the group order) at `site`, 48 octets.
/// Reading the secret tells whether it is one; what follows is constant-time.
///
/// # Errors
/// [`Error::Malformed`] for a secret that is zero or not below the group order.
pub fn additive_tag(secret: &[u8], site: &str) -> Result<[u8; 48], Error> {
    let secret = Zeroizing::new(Scalar::nonzero_from_bytes(secret)?);
    let sum = Zeroizing::new(secret.add(&site_scalar(site)));
    let table = Table::new(&G1Affine::generator(), Shape::ONCE);
    let tag = secret_sum(&[], &[(&table, *sum)]);
    Ok(tag.to_affine().to_bytes())
}

/// T − G1·H(site), 48 octets: equal for all additive tags of one person, whatever the sites. Public
/// data only.
///
/// # Errors
/// [`Error::Malformed`] for bytes that are no point.
pub fn additive_tag_owner(tag: &[u8], site: &str) -> Result<[u8; 48], Error> {
    let tag = G1Affine::from_bytes(tag)?;
    let table = Table::new(&G1Affine::generator(), Shape::ONCE);
    let site = public_sum(&[], &[(&table, site_scalar(site).neg())]);
    Ok(site.add_affine(&tag).to_affine().to_bytes())
}
