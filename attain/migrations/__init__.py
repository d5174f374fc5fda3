"""Migrations of schema `ops`, run by `attain.migrate`."""
