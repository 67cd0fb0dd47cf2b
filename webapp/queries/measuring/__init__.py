"""How each measure is counted, by subject; `webapp.queries.measures` is the one door to them."""
