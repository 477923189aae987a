"""Pages of the sign-in: accounts and tokens, links, and the account of a person."""
