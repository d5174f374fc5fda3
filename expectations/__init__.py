"""Great Expectations suites, derived from the tables, and the checkpoints that run them."""
