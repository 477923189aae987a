"""Proof that two regions behind one proxy are found by code and unit, and that one of them may be gone."""
