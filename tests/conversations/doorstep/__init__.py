"""At the door: one conversation per outcome, the customer's and the courier's, over the whole stack."""
