-- Reps whose win rate lies above their peers even at the low end of its interval, and since when.

{{ outstanding('above') }}
