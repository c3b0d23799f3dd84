"""Learning to write: tasks, their measures, and how maps of words are judged."""
