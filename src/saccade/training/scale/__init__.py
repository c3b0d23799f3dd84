"""From one process to many machines."""
