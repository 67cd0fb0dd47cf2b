"""The tables of the first migration, one file a subject and one function a table, as they were first made."""
