"""Office table: the columns that offices are asked for beside form II.06a, per unit, read only."""
