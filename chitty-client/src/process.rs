//! The number of this process. What threads, locks and sockets of the parent would have to do does not
//! exist in a child after `fork`, and everything that depends on them compares this number first.

/// The number of this process.
#[cfg(not(test))]
pub(crate) fn number() -> u32 {
    std::process::id()
}

#[cfg(test)]
pub(crate) use self::pretended::{as_a_child, number};

/// Tests cannot fork: a thread pretends to be a child.
#[cfg(test)]
mod pretended {
    use std::cell::Cell;

    thread_local!(static CHILD: Cell<bool> = const { Cell::new(false) });

    pub(crate) fn number() -> u32 {
        std::process::id() ^ (u32::from(CHILD.get()) << 31)
    }

    /// Does `work` as a child of this process would after `fork`.
    pub(crate) fn as_a_child<T>(work: impl FnOnce() -> T) -> T {
        CHILD.set(true);
        let done = work();
        CHILD.set(false);
        done
    }
}
