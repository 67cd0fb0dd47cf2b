"""The schema's history: each step runs as the owner role, never as the one that serves people."""
