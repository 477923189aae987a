"""Reads tables of old registers, CSV and XLSX, by a mapping of their columns."""
