"""Import of histories from other systems."""
