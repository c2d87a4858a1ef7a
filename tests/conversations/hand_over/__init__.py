"""Customers who want a person."""
