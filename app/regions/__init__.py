"""Several registers, one for each region: their figures as sums, and the maps that lead codes and units to them."""
