//! What an event costs, beside a floor measured in the same run.
