"""Customers who stop, or start over."""
