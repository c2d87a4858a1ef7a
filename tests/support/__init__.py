"""Customers and agents who talk to each other, whatever happens to the gateway between them."""
