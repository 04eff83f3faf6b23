"""Delivery: messages that are lost on their way out."""
