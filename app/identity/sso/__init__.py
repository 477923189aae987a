"""Single sign-on: people and programs that come with a token of another issuer (docs/decisions/0009-sign-on.md)."""
