"""Imports histories from other systems."""
