"""What the vision transformer papers measure of attention maps, one file each, and their tables."""
