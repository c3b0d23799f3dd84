"""Using trained models of words: captions of pictures, translations, answers to questions."""
