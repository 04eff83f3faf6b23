"""Checks of the chapter hazards."""
