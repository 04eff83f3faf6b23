"""How far what comes in is trusted."""
