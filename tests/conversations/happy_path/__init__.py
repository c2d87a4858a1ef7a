"""Customers who do what they are asked."""
