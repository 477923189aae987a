"""Conditions on telephones: the same number in any spelling, or its last digits (rules §18)."""

from sqlalchemy import ColumnElement, FromClause, and_, or_

from app.contact_data import phone_search

# Stands after all digits.
_AFTER_DIGITS = ":"


def has_phone(people: FromClause, typed: str) -> ColumnElement[bool]:
    """True for people with this telephone, or with one that ends with these digits. Uses an index.

    A row without a key is of a process of an earlier version; it is found as it was typed.
    """
    search, as_typed = phone_search(typed), people.c.phone == typed
    if search is None:
        return as_typed
    key, is_end = search
    column = people.c.phone_key
    return or_(and_(column >= key, column < key + _AFTER_DIGITS) if is_end else column == key, as_typed)
