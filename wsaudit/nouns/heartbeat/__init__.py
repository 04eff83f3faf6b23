"""Heartbeat: who pings, and who watches for silence."""
