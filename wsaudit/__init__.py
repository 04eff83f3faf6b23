"""A static auditor for the two ends of a WebSocket."""

__version__ = "0.1.0"
