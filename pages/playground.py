"""Playground: a screenshot in, a schema that PostgreSQL runs out."""

from app.components.errors import error_border
from app.playground import address, progress, start, workbench
from app.state import workspace

with error_border("the playground"):
    space = workspace()
    address.adopt(space)
    if space.pictures:
        address.show(space)  # lost on the way from another page
    if space.running:
        progress.draw(space)
    elif space.error:
        progress.draw_failure(space)
    elif space.result:
        workbench.draw(space)
    else:
        start.draw(space)
    address.show(space)
