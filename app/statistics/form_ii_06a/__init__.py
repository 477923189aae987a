"""The statutory reports: the on-time figures in the forms that are handed in, read only."""
