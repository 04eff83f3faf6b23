"""Observability: what is measured in production, and what tests simulate."""
