"""Messages that are no plain new text."""
