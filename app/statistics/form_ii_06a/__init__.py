"""Form II.06a/VPCP/KSTT: the on-time figures in the layout of the statutory report, read only."""
