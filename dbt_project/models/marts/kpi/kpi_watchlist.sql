-- Reps whose win rate lies below their peers even at the high end of its interval, and since when.

{{ outstanding('below') }}
