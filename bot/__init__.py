"""The Telegram gateway: durable inbox, turns with the dialogue engine, keyboards, outbox sender.

An edge: it imports the core and none of the other edges, and rules of the programme are not decided here.
"""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # python-telegram-bot's own switch: durations as timedelta, no warnings
