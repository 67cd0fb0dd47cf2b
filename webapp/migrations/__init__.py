"""The schema's history: each step runs as the owner role, never as the one that serves people."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
