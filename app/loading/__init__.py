"""Data that comes in bulk: reference data, imports, the simulation and the demonstration."""
