"""Heartbeat: whether each end notices that the other is gone."""
