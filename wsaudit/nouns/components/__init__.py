"""Components: effects, state and what a render leaves in long-lived callbacks."""
