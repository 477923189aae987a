"""Notices to applicants about their dossiers, if they gave an address."""
