"""Things by the height they stand at."""

from __future__ import annotations

import random

from ghost_engine.inference.baseline.levels import Levels


def test_what_reaches_into_a_height_is_found_in_the_order_it_was_added() -> None:
    chance = random.Random("levels")
    placed = []
    for number in range(200):
        top = chance.uniform(-20, 2000)
        placed.append((number, top, top + chance.uniform(0, 300)))
    levels = Levels(placed[:150])
    for each in placed[150:]:
        levels.add(*each)

    for top in range(-50, 2100, 37):
        reach = [number for number, start, end in placed if start <= top + 20 and end >= top]
        found = levels.between(top, top + 20)

        assert set(reach) <= set(found)
        assert found == sorted(found)
        assert len(found) < 200
