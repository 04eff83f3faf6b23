"""Cells: what is written to a variable, field, ref or slot, what a container is given.

A cell (`wsaudit.program.cells`) is one identity for all the names and ways that lead to
a value: ``cell(scene, node)`` tells it of what an expression reads, ``kept_in`` the
cells that a new value is put into where it is made. Asked of a cell:

* ``writes`` and ``reads``: everything that gives it another value, or looks at it
* ``puts``, ``takes``: what is put into the container in it, and taken out in place;
  ``changes`` are both, ``leaves`` has also what replaces it or takes it out of another
* ``outlives``: whether it lives longer than one run of a function, or of the program
* ``name_of``: what the code calls it; ``mentions``: whether an expression reads it

Asked of a program, where no cell is known yet: ``put_in`` is what some functions put
into containers, ``taken`` all that is taken out, ``unfollowed`` what takes from where
nobody knows. ``bound(scene, node)``: whether a container holds only so much.
"""

from wsaudit.analysis.cells.contents import (
    Change,
    bound,
    changes,
    leaves,
    put_in,
    puts,
    taken,
    takes,
    unfollowed,
)
from wsaudit.analysis.cells.lifetimes import outlives
from wsaudit.analysis.cells.writing import (
    EACH,
    STEPS,
    Write,
    cell,
    counting,
    kept_in,
    mentions,
    name_of,
    named,
    reads,
    sets_up,
    writes,
)
from wsaudit.program.cells import Cell, variable

__all__ = [
    "EACH",
    "STEPS",
    "Cell",
    "Change",
    "Write",
    "bound",
    "cell",
    "changes",
    "counting",
    "kept_in",
    "leaves",
    "mentions",
    "name_of",
    "named",
    "outlives",
    "put_in",
    "puts",
    "reads",
    "sets_up",
    "taken",
    "takes",
    "unfollowed",
    "variable",
    "writes",
]
