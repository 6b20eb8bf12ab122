//! Nothing but `examples`, and `tests` that run them: what the frameworks need is built for these alone.
