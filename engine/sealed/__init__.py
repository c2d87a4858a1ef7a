"""Everything of ours that runs inside Rasa's process; it imports nothing from outside engine/.

Keep this module empty of imports: `train.py` takes the fingerprint from this package in a few milliseconds, and
importing Rasa takes ten seconds.
"""
