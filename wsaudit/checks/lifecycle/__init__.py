"""Checks of the chapter lifecycle."""
