"""Customers who change their mind."""
