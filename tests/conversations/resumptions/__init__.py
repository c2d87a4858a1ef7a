"""Customers who come back, and what stands for them."""
