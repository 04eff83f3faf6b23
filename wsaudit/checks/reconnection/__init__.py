"""Reconnection: whether and how lost connections come back."""
