"""Reads: the first argument is the scope; typed rows come back; nothing is ever committed."""
