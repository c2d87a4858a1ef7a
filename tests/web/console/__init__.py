"""The operator's console, over HTTP with the real application."""
