"""Pictures with a label for every pixel: their files, their classes, their batches."""
