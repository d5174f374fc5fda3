"""Sources to raw: read, map, land; incremental and exactly once."""
