"""Training: one loop, and what it needs to be stopped and gone on with at any moment.

Only `config` and `choices` are free of torch, so that help stays fast.
"""
