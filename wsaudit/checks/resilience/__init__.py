"""Resilience: what a page is like while its connection is gone."""
