//! Integers modulo the group order r, in constant time; 32 octets, big-endian.

use blst::{blst_fr, blst_scalar};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

use super::blst_call;
use crate::Error;

/// An integer modulo r. Secret ones live in `Zeroizing`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scalar(blst_fr);

impl Scalar {
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn zero() -> Self {
        Self::default()
    }

    pub(crate) fn one() -> Self {
        Self::from_u64(1)
    }

    pub(crate) fn from_u64(value: u64) -> Self {
        let limbs = [value, 0, 0, 0];
        Self(blst_call!(blst_fr_from_uint64 -> blst_fr; limbs.as_ptr()))
    }

    /// OS2IP(okm) mod r, for 48 octets (hash_to_scalar of the BBS draft).
    pub(crate) fn from_okm(okm: &[u8; 48]) -> Self {
        let mut reduced =
            blst_call!(blst_scalar_from_be_bytes -> blst_scalar; okm.as_ptr(), okm.len());
        let scalar = Self(blst_call!(blst_fr_from_scalar -> blst_fr; &raw const reduced));
        reduced.b.zeroize();
        scalar
    }

    /// Big-endian octets; anything not below r is refused. Zero is let through.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| Error::Malformed("scalar"))?;
        let mut raw = blst_call!(blst_scalar_from_bendian -> blst_scalar; bytes.as_ptr());
        // SAFETY: the pointer is made from a live reference and is not kept.
        let canonical = unsafe { blst::blst_scalar_fr_check(&raw const raw) };
        let scalar = Self(blst_call!(blst_fr_from_scalar -> blst_fr; &raw const raw));
        raw.b.zeroize();
        if canonical {
            Ok(scalar)
        } else {
            Err(Error::Malformed("scalar"))
        }
    }

    /// Like [`Scalar::from_bytes`], and zero is refused.
    pub(crate) fn nonzero_from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let scalar = Self::from_bytes(bytes)?;
        if scalar.is_zero().into() {
            return Err(Error::Malformed("scalar"));
        }
        Ok(scalar)
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    pub(crate) fn to_le_bytes(self) -> [u8; 32] {
        blst_call!(blst_scalar_from_fr -> blst_scalar; &raw const self.0).b
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(blst_call!(blst_fr_add -> blst_fr; &raw const self.0, &raw const other.0))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self(blst_call!(blst_fr_sub -> blst_fr; &raw const self.0, &raw const other.0))
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        Self(blst_call!(blst_fr_mul -> blst_fr; &raw const self.0, &raw const other.0))
    }

    pub(crate) fn neg(&self) -> Self {
        Self::zero().sub(self)
    }

    /// 1/self, and 0 for 0.
    pub(crate) fn invert(&self) -> Self {
        Self(blst_call!(blst_fr_inverse -> blst_fr; &raw const self.0))
    }

    pub(crate) fn is_zero(&self) -> Choice {
        self.0.l.ct_eq(&[0; 4])
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.0.l.ct_eq(&other.0.l).into()
    }
}

impl Eq for Scalar {}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.l.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

    #[test]
    fn the_group_order_and_other_lengths_are_refused() -> Result<(), Error> {
        let mut order: Vec<u8> = (0..32)
            .map(|i| u8::from_str_radix(&ORDER[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        assert!(Scalar::from_bytes(&order).is_err());
        assert!(Scalar::from_bytes(&[255; 32]).is_err());
        assert!(Scalar::from_bytes(&[0; 31]).is_err());
        assert!(Scalar::nonzero_from_bytes(&[0; 32]).is_err());
        order[31] = 0;
        let minus_one = Scalar::from_bytes(&order)?;
        assert!(minus_one == Scalar::one().neg());
        assert_eq!(minus_one.to_bytes().as_slice(), order);
        assert!(minus_one.invert() == minus_one);
        Ok(())
    }
}
