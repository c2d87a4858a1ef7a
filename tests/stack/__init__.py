"""Tests of the start, the page and the documents."""
