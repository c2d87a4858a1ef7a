"""Tests of the exchange assistant."""
