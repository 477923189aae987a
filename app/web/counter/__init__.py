"""The counter for clerks and officers: a client of the API without rights of its own."""
