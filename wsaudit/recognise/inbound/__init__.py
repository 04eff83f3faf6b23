"""Inbound: where messages go, how they are told apart, what is said in them."""
