"""Purpose: what a connection is for."""
