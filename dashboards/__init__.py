"""Dash views: the frame, the pages and their data callbacks. They only read."""
