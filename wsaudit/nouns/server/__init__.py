"""Servers: what they keep of their connections, and what holds up their event loop."""
