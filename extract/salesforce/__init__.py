"""A Salesforce org as a source."""
