"""Distillation: a model learns from the answers of a teacher beside the labels."""
