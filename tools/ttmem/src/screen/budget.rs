//! How often something that takes its time may be done.

use std::time::{Duration, Instant};

/// Of a second, so much may be spent on it: one part in so many.
const PART: u32 = 125;

/// Lets something be done as often as its cost allows.
#[derive(Debug, Default)]
pub(super) struct Budget {
    again: Option<Instant>,
}

impl Budget {
    /// Whether it may be done now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.again.is_none_or(|again| again <= now)
    }

    /// It was done, and took so long.
    pub(super) fn spend(&mut self, now: Instant, cost: Duration) {
        self.again = now.checked_add(cost.saturating_mul(PART));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cheap_may_be_done_at_once_and_what_is_not_later() {
        let mut budget = Budget::default();
        let now = Instant::now();
        assert!(budget.allows(now));
        budget.spend(now, Duration::from_millis(10));
        assert!(!budget.allows(now + Duration::from_secs(1)));
        assert!(budget.allows(now + Duration::from_secs(2)));
    }
}
