"""The law as pure functions of values: standard library only; no database, no web, no clock."""
