"""Sending: whether sockets are open when something is sent, to one or to many."""
