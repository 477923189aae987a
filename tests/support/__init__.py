"""Helpers of the tests: clients, databases, servers, made-up lives and naive counters."""
