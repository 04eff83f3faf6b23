"""States: how a message's write treats what was there, and what it changes in place."""
