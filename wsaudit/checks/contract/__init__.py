"""Contract: what the two ends of a connection expect of each other."""
