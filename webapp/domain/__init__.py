"""The meaning: what is counted and decided, with no framework and no SQL."""
