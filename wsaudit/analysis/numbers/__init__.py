"""Numbers: what a delay comes to, attempt by attempt, and when a limit is reached.

The code's own numbers are run: its counters, tables, helper functions and conditions,
with chance at 0 and at 1. What a delay does is read off what comes out.

* ``series(setting, waits)``: the waits before the first, second, … attempt: whether
  they grow, are capped, are random, and which cells count
* ``lasting(setting, test, so=…)``: after how many attempts a test comes out otherwise
* ``constant(setting, node)``: the one number that an expression is
* ``steps(setting, cell, write)``: whether a write counts on from the value before

A ``Setting`` is where an expression is looked at; ``entered`` the one inside a call.
"""

from wsaudit.analysis.numbers.evaluation import cell_of, entered
from wsaudit.analysis.numbers.series import Lasting, Series, constant, lasting, series
from wsaudit.analysis.numbers.setting import Setting
from wsaudit.analysis.numbers.variables import steps

__all__ = [
    "Lasting",
    "Series",
    "Setting",
    "cell_of",
    "constant",
    "entered",
    "lasting",
    "series",
    "steps",
]
