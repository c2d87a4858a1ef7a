"""The IMEI read from a photo, in a process of its own: see :mod:`bot.reader.reader`."""
