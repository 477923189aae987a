"""Pages in a browser: public pages and the counter."""
