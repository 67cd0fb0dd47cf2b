"""Pure drawing: tables to figures, files and formatted text."""
