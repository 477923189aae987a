"""The HTTP interface, over both databases."""
