"""Limits: how far an answer is followed; what lies beyond is unknown, never absent.

Each is one number for the whole program, so that two analyses give up at one place.
"""

COPIES = 2
"""Ends inside each other that have a copy for each way out; deeper ones share one."""
NEAR = 3
"""Calls, or callers, that belong to a piece of code as whoever reads it sees it."""
MENDS = 3
"""Times that one answer is mended: a chain like ``node = node.next`` has no end."""
LOOK = 5
"""Seconds: who waits for a message for less looks again and again for something."""
STEPS = 6
"""Names, fields, classes and calls that one value or path is handed on through."""
ALIKE = 8
"""Functions of one name that all may be meant; of more the name tells nothing."""
DEEP = 8
"""Calls deep; beyond that nobody can say any more which of many ways is taken."""
ASIDE = 12
"""Characters that a comment at the end of a line stands away from what it is about."""
ROUNDS = 12
"""Ways to one place that are told apart, and rounds in which an answer must settle."""
FAR = 24
"""Steps back to where a value begins: real ones are below ten, generated endless."""
SOME = 40
"""Things of one kind that are kept of one piece of code."""
COMMON = 60
"""Calls of one name that are all looked at; a name like ``get`` has more."""
POWER = 64
"""The power of a constant that is reckoned: a real one is below 64 bits."""
ATTEMPTS = 64
"""Attempts to connect that are reckoned through: hours, with any delay that grows."""
MANY = 200
"""Functions that run because of one."""
BITS = 256
"""The size of a constant: those that are made of each other double with each line."""
TEXT = 400
"""Characters of a text that are searched for names: longer ones are no names."""
CONSTANTS = 400
"""Constants that one value may be: a large enum has some hundred."""
DEEPEST = 400
"""Questions inside each other: Python's own stack ends at some thousand calls."""
STEPS_IN_ALL = 600
"""Steps of one search, and calls of one name that are looked at."""
STATEMENT = 4_000
"""Characters of one import statement: the longest that were seen have two thousand."""
CHARACTERS = 1 << 14
"""The length of a text that is made of constants: no address is as long."""
NUMBERS = 50_000
"""Numbers that one delay may ask for: some hundred for each attempt."""
QUESTIONS = 100_000
"""Questions that one question may lead to, and definitions that one walk looks at."""

TOO_FAR = "too far to follow"
"""What is said of a value or way beyond the limits."""
