"""What the pages for staff share: sessions, visits, forms, and the client of the API."""
