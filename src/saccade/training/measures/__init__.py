"""Measures: what is right and wrong in a set of answers, by class, by rank, by confidence."""
