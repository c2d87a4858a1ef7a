"""Benchmarks: what a customer's turn, a start, the memory and the training cost, beside stock Rasa."""
