"""Learning to label every pixel of a picture."""
