"""Reference data: units, catalogues, procedures and their versions, working calendars."""
