"""The doctor of weights and of runs."""
