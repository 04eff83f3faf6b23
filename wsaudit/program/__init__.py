"""Resolution: names, imports, values, calls and flow, over all files together."""

from wsaudit.program.calls import CallSite
from wsaudit.program.library import Library
from wsaudit.program.modules import Files
from wsaudit.program.program import Program

__all__ = ["CallSite", "Files", "Library", "Program"]
