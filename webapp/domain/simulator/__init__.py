"""A network that never was: deterministic by seed, from a thousand to ten million sessions, on published figures.

`parameters` holds every figure with its source; `network.simulate` and `network.simulate_chunks` make the records;
`csv_out` writes them in the documented CSV format and `rows` hands them over as tuples. See docs/simulator.md.
"""
