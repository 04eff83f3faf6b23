"""Security: who is let in."""
