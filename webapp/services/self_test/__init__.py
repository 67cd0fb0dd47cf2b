"""The nightly self-test of the isolation: two canary networks, a browser, every door, and a dated line that says how it went."""
