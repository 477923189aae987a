"""Ranking: offices or communes in the order of a rate, with what the rates are worth; reads figures, keeps scores."""
