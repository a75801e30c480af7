"""Training on a rented machine: the run's folder is here, the work is there.

A *follower* here is the worker of an ordinary run; a *container* there supervises the very same
training, and a volume lies between them. No torch is loaded on this side.
"""
