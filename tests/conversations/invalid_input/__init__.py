"""Customers who send what can't be used."""
