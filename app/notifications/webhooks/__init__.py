"""Webhooks: other systems receive the events of dossiers."""
