"""Analyses: the questions that many rules ask of the same code, each with one home."""
