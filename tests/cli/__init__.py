"""The command line, over both databases."""
