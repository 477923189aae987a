"""Recounts all figures from the journals beside the service."""
