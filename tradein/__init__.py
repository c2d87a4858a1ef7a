"""The core of the exchange assistant: the rules of a smartphone trade-in programme.

It runs from a Python shell and knows neither Rasa nor Telegram nor HTTP. The edges (``actions``, ``bot``, ``sandbox``
and the command line in ``tradein.cli``) read the clock, open the transaction, call one verb and say what came of it.
"""
