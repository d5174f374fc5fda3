"""Text -> numbers, dates, flags; nothing is guessed."""
