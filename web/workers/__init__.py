"""What the process does by itself: refunds to the provider, webhooks to the shop, the clock.

Each worker is a thread that asks small functions whether there was work. What it works on is leased in the database, so
any number of processes may run, and one that dies in the middle leaves the rest to the others.
"""
