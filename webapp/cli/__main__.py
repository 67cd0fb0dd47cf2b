"""`python -m webapp.cli` is the same as `dripline`."""

from webapp.cli import main

main(prog_name="dripline")
