"""Requests over bare sockets."""
