"""The law as pure functions of values (docs/rules.md): standard library only, no database, no web, no clock."""
