"""The start panel: drop, paste or choose screenshots, or an example; the run starts at once."""

from __future__ import annotations

import streamlit as st

from app.components import paste, screenshot
from app.components.errors import show_error
from app.components.layout import heading
from app.playground import past, picking
from app.playground.examples import EXAMPLES, find_example, picture_bytes
from app.playground.recent import recent
from app.state import Workspace, begin
from ghost_engine.data.images import intake
from ghost_engine.errors import GhostError

MAX_PICTURES = 8


def draw(space: Workspace) -> None:
    """Draws the panel and starts a run when it gets pictures, or when the address names some."""
    if _from_address(space):
        st.rerun()
    heading("Playground")
    st.markdown(
        "A screenshot of an application in, a PostgreSQL schema that runs out. Several screenshots "
        f"of one application (up to {MAX_PICTURES}) become one schema."
    )
    if space.notice:
        st.info(space.notice, icon=":material/info:")
        space.notice = ""
    _engines(space)
    uploader = f"screenshots-{space.round}"
    files = st.file_uploader(  # of any type: `intake` goes by the bytes, and says what is wrong
        "Screenshots",
        accept_multiple_files=True,
        key=uploader,
        label_visibility="collapsed",
    )
    paste.listen(uploader, key="paste")
    if files:
        _begin(space, [(file.name, file.getvalue()) for file in files])
    _examples(space)
    past.draw_list(space)


def _engines(space: Workspace) -> None:
    """Who is asked; on demand, who else."""
    picking.draw(space.ask, lambda ask: setattr(space, "ask", ask), place="first")
    st.session_state["two-engines"] = space.rival_ask is not None
    st.toggle(
        "Ask a second engine beside it",
        key="two-engines",
        on_change=lambda: _second(space, bool(st.session_state["two-engines"])),
        help="Both read the same screenshots; you see what differs and take the better one.",
    )
    if space.rival_ask is not None:
        picking.draw(
            space.rival_ask,
            lambda ask: setattr(space, "rival_ask", ask),
            place="second",
            title="Second engine",
        )


def _second(space: Workspace, wanted: bool) -> None:
    space.rival_ask = space.other if wanted else None


def _examples(space: Workspace) -> None:
    st.subheader("Or take an example", anchor=False)
    for column, example in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
        with column:
            st.image(str(example.path), width="stretch", alt=f"Example: {example.title}")
            if st.button(example.title, key=f"example-{example.name}", width="stretch"):
                _begin(space, [(example.file_name, picture_bytes(example.name))])


def _from_address(space: Workspace) -> bool:
    """Takes the pictures that the page's address names: a link to an example, or a reload."""
    if space.round:  # this session has let go of what the address still names
        return False
    example = find_example(st.query_params.get("example", ""))
    if example:
        return _start(space, [(example.file_name, picture_bytes(example.name))])
    if not st.query_params.get("pictures"):
        return False
    hashes = st.query_params["pictures"].split(",")[:MAX_PICTURES]
    files = [found for content_hash in hashes if (found := recent.find(content_hash))]
    if len(files) < len(hashes):
        space.notice = "Screenshots are kept for an hour, and this one is gone. Drop it again."
        return False
    return _start(space, files)


def _begin(space: Workspace, files: list[tuple[str, bytes]]) -> None:
    if len(files) > MAX_PICTURES:
        st.warning(
            f"{len(files)} files were given; up to {MAX_PICTURES} make one schema. Remove some.",
            icon=":material/warning:",
        )
    elif _start(space, files):
        st.rerun()


def _start(space: Workspace, files: list[tuple[str, bytes]]) -> bool:
    """Decodes the files and starts the run; shows what is wrong with one that cannot be used."""
    try:
        pictures = [intake(data, name) for name, data in files]
        begin(space, pictures, [screenshot.preview(one) for one in pictures], _address(files))
    except GhostError as error:
        show_error(error, "the playground")
        return False
    return True


def _address(files: list[tuple[str, bytes]]) -> dict[str, str]:
    """What the page's address must say for a reload to find the pictures again."""
    name = files[0][0].removesuffix(".png")
    if len(files) == 1 and find_example(name) and files[0][1] == picture_bytes(name):
        return {"example": name}
    return {"pictures": ",".join(recent.keep(name, data) for name, data in files)}
