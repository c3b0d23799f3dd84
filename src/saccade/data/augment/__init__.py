"""Random changes of training pictures: what to draw, what each drawn change does, and mixing."""
