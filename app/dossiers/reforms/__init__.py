"""Changes of reference data that re-date or move many dossiers: published calendars, succeeded units."""
