"""Irregularities behind figures that inspectors look for: counted facts that accuse no one."""
