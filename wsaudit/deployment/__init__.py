"""Running: the programs that run a server, and how they are told to."""
