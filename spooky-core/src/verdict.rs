//! The three answers of every check: only [`Verdict::Valid`] passes.

/// Outcome of a check that yields `T` when it passes.
///
/// `Invalid` is final for the object at hand. `Indeterminate` says what is stale or missing; the
/// same object may pass later, and until then it is treated as refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a check that nobody looks at protects nobody"]
pub enum Verdict<T, R> {
    /// The check passed.
    Valid(T),
    /// The object is refused, with the reason.
    Invalid(R),
    /// The check could not be completed: the reason names what is stale or missing.
    Indeterminate(R),
}

impl<T, R> Verdict<T, R> {
    /// `Ok` only for [`Verdict::Valid`]; the reason otherwise.
    ///
    /// # Errors
    /// The reason of `Invalid` or `Indeterminate`.
    ///
    /// ```
    /// use spooky_core::verdict::Verdict;
    /// let stale: Verdict<(), &str> = Verdict::Indeterminate("key set missing");
    /// assert_eq!(stale.into_result(), Err("key set missing"));
    /// ```
    pub fn into_result(self) -> Result<T, R> {
        match self {
            Self::Valid(value) => Ok(value),
            Self::Invalid(reason) | Self::Indeterminate(reason) => Err(reason),
        }
    }

    /// Whether the check passed.
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid(_))
    }
}
