"""Checkpoints: weights on disk, with all that is needed to use them."""
