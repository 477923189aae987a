"""Taking away what is kept of people once nobody needs it any more; figures and proofs stay."""
