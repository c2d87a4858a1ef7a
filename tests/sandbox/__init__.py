"""Tests of the sandbox's Telegram."""
