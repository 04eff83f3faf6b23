"""Life cycle: what a component opens, a connection starts, and when it ends."""
