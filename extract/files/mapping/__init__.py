"""`mapping.yml`: a company's columns -> ours."""
