"""Tests of the trained model."""
