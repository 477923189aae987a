"""Pages of administration: a client of the API, as the counter is."""
