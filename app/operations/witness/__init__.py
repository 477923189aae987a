"""Witness of neighbouring registers: checks that their trees of seals only grow, and cosigns their heads."""
