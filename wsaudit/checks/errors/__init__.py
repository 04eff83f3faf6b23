"""Checks of the chapter errors."""
