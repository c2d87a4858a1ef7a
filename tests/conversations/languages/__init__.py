"""Conversations in two languages."""
