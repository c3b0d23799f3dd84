"""The command line: each command is a door to one library call."""
