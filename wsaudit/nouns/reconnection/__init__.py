"""Reconnection: the ways back to a new connection, their delays, and catching up."""
