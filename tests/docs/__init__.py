"""Tests of the documentation, and the scripts that make pages of it from the code."""
