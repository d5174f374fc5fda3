"""A company that does not exist, with source systems that do: seeded, served over real protocols."""
