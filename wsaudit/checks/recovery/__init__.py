"""Checks of the chapter recovery."""
