"""Reminders through whole processes."""
