"""Customers with more than one phone."""
