"""Writes: a verb of the field per function; the first argument is the scope; inside one unit of work."""
