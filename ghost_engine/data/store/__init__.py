"""The store of examples: screenshots, what was suggested for them, and what people decided.

    from ghost_engine.data.store import open_store

    with open_store() as store:                       # GHOST_DATA_DIR, GHOST_DATABASE_URL
        store.add_many(rows)                          # NewExample; the same rows twice add nothing
        store.suggest(example_id, NewSuggestion(...)) # one more draft of an example
        page = store.queue(Filters(statuses=("new",)), number=0)
        example = store.get(page.rows[0].id)          # its text in force is example.sql
        store.decide(example.id, version=example.version, sql=example.sql,
                     decision="approved", reviewer="ana")   # StaleExample if somebody was quicker
        store.next_example(example.id, filters, reviewer="ana")

| to | use |
|---|---|
| import | `add`, `add_many`, `suggest` |
| read | `get`, `iterate`, `suggestions`, `reviews`, `screenshots` |
| see | `picture_path`, `picture`, `thumbnails` |
| work down the queue | `queue`, `next_example`, `previous_example`, `counts`, `progress` |
| decide | `decide`, `decide_many`, `edit_many`, `last_review`, `undo` |
| share a desk | `save_draft`, `draft`, `drop_draft`, `hold`, `release`, `holders` |
| agree | `guidelines`, `save_guidelines`, `mark_golden` |
| say what is wrong | `set_problems` |
| keep safe | `backup`, `restore` |

What a method returned is committed and flushed. The store checks no SQL and decodes no picture:
callers bring verdicts (`Verdict.of(report)`), hashes and thumbnails. A store may be used by many
threads and processes at once; writers take turns.
"""

from ghost_engine.data.store.store import Store, open_store

__all__ = ["Store", "open_store"]
