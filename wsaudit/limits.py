"""Limits: how far an answer is followed; what lies beyond is unknown, never absent.

Each is one number for the whole program, so that two analyses give up at one place.
"""

NEAR = 3
"""Calls, or callers, that belong to a piece of code as whoever reads it sees it."""
STEPS = 6
"""Names, fields, classes and calls that one value or path is handed on through."""
DEEP = 8
"""Calls deep; beyond that nobody can say any more which of many ways is taken."""
ROUNDS = 12
"""Ways to one place that are told apart, and rounds in which an answer must settle."""
FAR = 24
"""Steps back to where a value begins: real ones are below ten, generated endless."""
SOME = 40
"""Things of one kind that are kept of one piece of code."""
ATTEMPTS = 64
"""Attempts to connect that are reckoned through: hours, with any delay that grows."""
MANY = 200
"""Functions that run because of one."""
DEEPEST = 400
"""Questions inside each other: Python's own stack ends at some thousand calls."""
STEPS_IN_ALL = 600
"""Steps of one search, and calls of one name that are looked at."""
NUMBERS = 50_000
"""Numbers that one delay may ask for: some hundred for each attempt."""
QUESTIONS = 100_000
"""Questions that one question may lead to, and definitions that one walk looks at."""

TOO_FAR = "too far to follow"
"""What is said of a value or way beyond the limits."""
