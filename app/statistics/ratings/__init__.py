"""Ratings of the service by holders of a receipt, and their figures."""
