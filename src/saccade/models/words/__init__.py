"""Models that write: how words are chosen, and what several writers share."""
