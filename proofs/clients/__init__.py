"""Shows that clients generated from the OpenAPI document work, with their types: `python -m proofs.clients`."""
