"""Customers who ask something in between."""
