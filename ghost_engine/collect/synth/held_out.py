"""Which domains and frameworks the validation set alone may use.

Splitting by domain and framework, not by row, is what makes a score on the validation set mean
something: no table, label or widget of it was in any generated training pair.
"""

from __future__ import annotations

from ghost_engine.collect.synth.domain import domain_names
from ghost_engine.collect.synth.looks import frameworks

DOMAINS = ("energy", "hotel", "lawfirm", "museum", "podcasts", "recruiting", "vet")
FRAMEWORKS = ("antd", "pico", "primer")


def training_domains() -> tuple[str, ...]:
    """Every domain that is not held out."""
    return tuple(name for name in domain_names() if name not in DOMAINS)


def training_frameworks() -> tuple[str, ...]:
    """Every framework that is not held out."""
    return tuple(name for name in frameworks() if name not in FRAMEWORKS)
