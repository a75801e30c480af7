"""What a run elsewhere costs ends with the run: asked by whoever kills or deletes it here.

Its follower is gone by then, so that nobody else would end the call.
"""

from __future__ import annotations

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.log import say
from ghost_engine.jobs.status import read_status
from ghost_engine.training.remote.place import claim_key, stop_key
from ghost_engine.training.remote.places import open_place
from ghost_engine.training.remote.record import change_remote, read_remote


def say_farewell(folder: RunFolder) -> None:
    """End the call of a run; one that is not known yet finds the word to stop when it begins."""
    remote = read_remote(folder)
    if remote is None or remote.over or read_status(folder).state == "finished":
        return
    # Written first: nobody waits for this longer than some seconds, and a line may be dead.
    remote = change_remote(folder, remote, cancel_owed=True)
    try:
        place = open_place(remote.where)
        place.put(stop_key(folder.id, remote.generation), "yes")
        call = remote.call or place.get(claim_key(folder.id, remote.generation))
        if call:
            place.cancel(call)
    except TrainingError as error:
        say(f"It may still run at {remote.title}, and cost: {error}")
        return
    change_remote(folder, remote, over=True, cancel_owed=False)
