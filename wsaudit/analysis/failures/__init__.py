"""Failures: what may raise, which handler stops it, what that does, what it costs."""
