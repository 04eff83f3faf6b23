"""Checks of the chapter security."""
