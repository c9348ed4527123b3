//! The time of day, passed in.

use crate::types::Time;

/// Where the times of files come from.
pub trait Clock {
    /// The time of day.
    fn now(&self) -> Time;
}
