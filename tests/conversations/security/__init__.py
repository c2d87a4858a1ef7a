"""Customers who try what they may not."""
