"""The viewer: one page that shows where a model looks, and the packer that makes it one file."""
