"""Management of tokens by administrators, each within its own subtree."""
