"""The counter in a browser, for clerks and officers: a client of the interface that asks nothing others could not."""
