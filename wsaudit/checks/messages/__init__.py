"""Checks of the chapter messages."""
