"""Reminders: received, answered, made fewer, ended."""
