"""What a customer wants to change, as the slot ``changing`` says it; else it holds the key of a condition question."""

WHAT = "what"
"""Something; which, is to be asked."""
PHONE = "phone"
