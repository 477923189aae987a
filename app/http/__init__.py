"""Everything between the socket and a feature: requests, limits, problems, headers, paging."""
