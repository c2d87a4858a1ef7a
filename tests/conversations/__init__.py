"""Conversations held with the whole assistant, sorted by how people behave."""
