"""The DAGs: they wire the stations together and hold no logic."""
