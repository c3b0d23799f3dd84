"""Words: splitting, vocabularies, captions, sentence pairs, generated scenes."""
