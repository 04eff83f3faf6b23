"""Flow: what runs after what inside one function, and what is known where."""
