"""Checks behind `motcua verify`: the register against its journals, counts and seals."""
