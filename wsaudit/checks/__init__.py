"""The checks: one module a chapter, each a pure function over one kind of noun."""
