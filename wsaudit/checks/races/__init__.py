"""Races: state that is written or read on the grounds of an old picture of it."""
