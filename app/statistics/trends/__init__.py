"""Trend and lead time: figures month by month, and how long dossiers took against their limits; read only."""
