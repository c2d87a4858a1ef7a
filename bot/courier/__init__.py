"""The courier's part of the bot: visits, the check at the door, and what follows from it.

Nothing of it passes through the dialogue engine. What is next is read from the visit's row, so a restart changes
nothing; the role is read from the database in the transaction of every deed.
"""
