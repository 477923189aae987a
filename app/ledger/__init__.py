"""The ledger: a chained, sealed record of what decides and is no dossier (rules §13)."""
