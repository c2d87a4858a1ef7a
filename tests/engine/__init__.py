"""Tests of the sealed Rasa as a process of its own."""
