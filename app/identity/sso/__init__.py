"""Single sign-on: callers with a token of another issuer (docs/decisions/0009-sign-on.md)."""
