"""Rasa's custom actions: each translates a turn of the conversation into a verb of the core, and says what came of it.

Nothing is decided here and nothing is worded here: the rules are in :mod:`tradein`, the words in ``domain.yml``.
"""
