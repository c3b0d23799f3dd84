"""Learning without labels: lessons that train a model on the pictures alone."""
