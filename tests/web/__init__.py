"""Tests of the checkout API and of what its process does by itself."""
