"""Bulk data: reference data, imports, the simulation and the demonstration."""
