"""Single sign-on: people and programs that come with a token of another issuer (docs/decisions/sign-on.md)."""
