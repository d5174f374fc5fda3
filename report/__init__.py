"""The pages people read: the report and the validation page."""
