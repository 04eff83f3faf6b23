"""From libcst's trees to the common syntax, a short function for each construct."""
