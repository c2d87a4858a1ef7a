"""Tests of the photo reader, on pictures drawn here."""
