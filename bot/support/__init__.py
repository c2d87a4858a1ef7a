"""The support group: agents in a forum, one topic for each customer, messages carried both ways.

A customer's message becomes a row of the outbox in the lane of the conversation; the topic is found, made or made again
when the row is sent. What an agent writes becomes a row in the customer's lane. Who speaks with the customer is decided
by the core (:mod:`tradein.support`), and who is staff is read from the database at every message and tap.
"""
