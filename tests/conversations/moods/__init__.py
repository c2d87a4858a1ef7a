"""Customers who are angry, in a hurry, or want more than there is."""
