"""Watching a run: its attention on a fixed set of pictures, alarms, and other places to look."""
