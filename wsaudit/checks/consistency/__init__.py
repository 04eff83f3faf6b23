"""Consistency: one truth, which everybody sees who shows it."""
