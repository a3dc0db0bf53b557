//! The trace that a request belongs to (W3C Trace Context, level 1), passed along and never made.

use std::{fmt, sync::Arc};

use crate::error::{Code, Error};

/// A `traceparent` of the app's own tracing, sent as a header with every request of a call.
///
/// ```
/// use chitty_client::TraceContext;
///
/// let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")?;
/// assert_eq!(trace.as_str().len(), 55);
/// assert!(TraceContext::parse("00-0-0-0").is_err());
/// # Ok::<(), chitty_client::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TraceContext(String);

/// Tells the trace that the calling task belongs to, if any.
pub(crate) type TraceSource = Arc<dyn Fn() -> Option<TraceContext> + Send + Sync>;

impl TraceContext {
    /// Takes a `traceparent` of 55 characters: version, trace id, parent id and flags in lower-case
    /// hexadecimal (section 3.2 of the recommendation).
    ///
    /// # Errors
    /// `RequestInvalid` for another shape, version `ff`, or an id of zeros only.
    pub fn parse(traceparent: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = traceparent.split('-').collect();
        let hexadecimal =
            |part: &&str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let right = parts.iter().map(|part| part.len()).eq([2, 32, 16, 2])
            && parts.iter().all(hexadecimal)
            && parts[0] != "ff"
            && parts[1..3].iter().all(|id| id.bytes().any(|b| b != b'0'));
        if !right {
            return Err(Error::new(Code::RequestInvalid).detail("not a traceparent"));
        }
        Ok(Self(traceparent.to_owned()))
    }

    /// The trace id, 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The header's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TraceContext").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_traceparent_is_refused() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(TraceContext::parse(good).is_ok());
        let bad = [
            "",
            "00",
            &good.to_uppercase(),
            &good.replace("00-4", "ff-4"),
            &good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &good.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &format!("{good}-x"),
            &format!("{good}\r\nx: y"),
            &good.replace('-', " "),
        ];
        for text in bad {
            let error = TraceContext::parse(text).expect_err(text);
            assert_eq!(error.code(), Code::RequestInvalid);
        }
    }
}
