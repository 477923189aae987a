"""Pages for staff share these: sessions, visits, forms, and the client of the API."""
