"""How much the judge costs over the naive loop, and whether it slows down.

python benchmarks/sql_check.py [--checks 5000]

The naive loop is BEGIN, CREATE SCHEMA, execute, ROLLBACK on one connection: no parsing, no rules,
no catalog. Rolled-back DDL bloats the catalog and slows it down as it goes, so the judge is held
against both its whole run and its first tenth. Prints ratios; not a test.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

from ghost_engine.sql import check
from ghost_engine.sql.lease import Lease

FIVE_TABLES = """
CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email varchar(255) UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
CREATE TABLE products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id bigint REFERENCES categories (id),
    name text NOT NULL,
    price numeric(10, 2) CHECK (price >= 0)
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    status order_status NOT NULL DEFAULT 'new',
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE order_items (
    order_id bigint REFERENCES orders (id),
    product_id bigint REFERENCES products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product_id)
);
CREATE INDEX orders_customer_id ON orders (customer_id);
"""


def rates(work: Callable[[], object], count: int) -> tuple[float, float, float]:
    """Runs a second over all of `count`, the first tenth and the last tenth."""
    tenth = count // 10
    marks = []
    for index in range(count):
        if index in (0, tenth, count - tenth):
            marks.append(time.perf_counter())
        work()
    end = time.perf_counter()
    return (
        count / (end - marks[0]),
        tenth / (marks[1] - marks[0]),
        tenth / (end - marks[2]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checks", type=int, default=5000)
    count = parser.parse_args().checks
    lease = Lease()
    connection = lease.open()

    def naive() -> None:
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA s")
        connection.execute("SET LOCAL search_path = s")
        connection.execute(FIVE_TABLES)
        connection.execute("ROLLBACK")

    def judged() -> None:
        report = check(FIVE_TABLES)
        assert report.valid and len(report.schema.tables) == 5

    naive(), judged()
    naive_all, naive_first, naive_last = rates(naive, count)
    judge_all, judge_first, judge_last = rates(judged, count)
    answer = {
        "checks": count,
        "judge_over_naive": round(judge_all / naive_all, 3),
        "judge_over_naive_first_tenth": round(judge_all / naive_first, 3),
        "judge_last_over_first_tenth": round(judge_last / judge_first, 3),
        "naive_last_over_first_tenth": round(naive_last / naive_first, 3),
        "judge_per_second": round(judge_all, 1),
        "naive_per_second": round(naive_all, 1),
    }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
