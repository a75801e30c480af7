"""`python -m ghost_engine` is the `ghost` command."""

from ghost_engine.cli import main

main()
