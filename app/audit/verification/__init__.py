"""Checks of `motcua verify`: the database against its journals, counts and seals."""
