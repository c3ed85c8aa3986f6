"""`bootstrap`: what must be there before the first stack, once per account or project and region, made through the API.

Each part looks what is there and returns the changes that are missing, each one call. Nothing is changed while looking,
and a run that broke off anywhere is gone on with by the next: it finds what is there.
"""

from ops.bootstrap.work import run

__all__ = ["run"]
