"""What re-dates or moves many dossiers at once: published calendars and succeeded units."""
