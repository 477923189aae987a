"""Tests of the pages that people see: over HTTP, and in a real browser."""
