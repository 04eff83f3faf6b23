"""Lifecycle: how connections begin and end, and what outlives them."""
