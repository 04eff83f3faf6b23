"""Server: keeping connections, and the event loop that serves them all."""
