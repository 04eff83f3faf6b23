"""Connections: where sockets come from, their addresses, what is done with them."""
