//! Where a decision is taken on a condition that was computed from secrets.
//!
//! [`reveal`] is the only way to such a decision, so that each is found by its name and argued
//! beside the call. Under `cargo xtask constant-time` secrets are marked undefined for valgrind,
//! which then reports every other branch and every memory address that depends on one.

use subtle::Choice;

/// The bit behind `choice`, public from here on. What is asked must be something that everybody
/// may know, such as an exception that honest inputs meet with a probability of 2⁻²⁵⁵.
pub(crate) fn reveal(choice: Choice) -> bool {
    #[cfg_attr(not(test), allow(unused_mut))]
    let mut bit = choice.unwrap_u8();
    #[cfg(test)]
    valgrind::declassify(&mut bit);
    bit != 0
}

/// Requests to valgrind's memcheck: no-ops outside it, and on other machines than x86-64.
#[cfg(test)]
pub(crate) mod valgrind {
    // Numbers of `valgrind.h` and `memcheck.h`.
    const RUNNING: usize = 0x1001;
    const COUNT_ERRORS: usize = 0x1201;
    const MAKE_UNDEFINED: usize = 0x4d43_0001;
    const MAKE_DEFINED: usize = 0x4d43_0002;
    const GET_BITS: usize = 0x4d43_0008;

    #[cfg(target_arch = "x86_64")]
    fn request(number: usize, [first, second, third]: [usize; 3]) -> usize {
        let arguments = [number, first, second, third, 0, 0];
        let mut answer = 0usize;
        // SAFETY: four rotations by 128 bits in all and an exchange of a register with itself:
        // they change nothing but flags. Valgrind, if it is there, reads the six words at rax,
        // keeps notes of its own about the given memory, and writes its answer to rdx.
        unsafe {
            core::arch::asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                inout("rdx") answer,
                in("rax") arguments.as_ptr(),
                options(nostack),
            );
        }
        answer
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn request(_: usize, _: [usize; 3]) -> usize {
        0
    }

    pub(crate) fn running() -> bool {
        request(RUNNING, [0; 3]) != 0
    }

    /// Reports so far.
    pub(crate) fn reports() -> usize {
        request(COUNT_ERRORS, [0; 3])
    }

    /// Marks a plain value as secret: whatever depends on it counts as undefined.
    pub(crate) fn poison<T: Copy>(value: &mut T) {
        poison_slice(core::slice::from_mut(value));
    }

    pub(crate) fn poison_slice<T: Copy>(values: &mut [T]) {
        mark(MAKE_UNDEFINED, values);
    }

    /// Marks a plain value as public.
    pub(crate) fn declassify<T: Copy>(value: &mut T) {
        declassify_slice(core::slice::from_mut(value));
    }

    pub(crate) fn declassify_slice<T: Copy>(values: &mut [T]) {
        mark(MAKE_DEFINED, values);
    }

    fn mark<T>(number: usize, values: &mut [T]) {
        let length = size_of_val(values);
        request(number, [values.as_mut_ptr().expose_provenance(), length, 0]);
    }

    /// Whether any bit of it depends on a secret.
    pub(crate) fn is_secret<T: Copy>(value: &T) -> bool {
        let length = size_of::<T>();
        let mut bits = vec![0u8; length];
        let from = (&raw const *value).expose_provenance();
        let to = bits.as_mut_ptr().expose_provenance();
        request(GET_BITS, [from, to, length]);
        bits.iter().any(|bits| *bits != 0)
    }
}
