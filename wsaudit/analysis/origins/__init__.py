"""Origins: where a value comes from, as the code hands it on.

`parameter_of` tells which parameter a name stands for, `meant` which expression;
`given` what the callers pass for a parameter, `returned` what a function gives back.
`origins` goes all the way back to where a value begins: through names, patterns,
parameters and their callers, results, fields, promises and queues, with the steps in
between and why it may not be all.
"""

from wsaudit.analysis.origins.given import Given, given, meant, parameter_of, returned
from wsaudit.analysis.origins.names import NOBODY
from wsaudit.analysis.origins.steps import ELEMENT, Origin
from wsaudit.analysis.origins.walk import origins

__all__ = [
    "ELEMENT",
    "NOBODY",
    "Given",
    "Origin",
    "given",
    "meant",
    "origins",
    "parameter_of",
    "returned",
]
