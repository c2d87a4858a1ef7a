"""People who help: who speaks with a customer, the assistant or a person; requests and what became of them.

Without a support group a request is a ticket that an operator sees, and the assistant goes on speaking.
"""
