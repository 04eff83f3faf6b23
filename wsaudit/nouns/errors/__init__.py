"""Errors: what becomes of exceptions around connections."""
