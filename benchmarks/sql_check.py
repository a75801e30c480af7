"""How much the judge costs over the naive loop, and whether it slows down.

python benchmarks/sql_check.py [--checks 5000]

The naive loop is BEGIN, CREATE SCHEMA, execute, ROLLBACK on one connection: no parsing, no rules,
no catalog. The two take turns, 50 runs each, so that a machine whose speed drifts is fair to both.
Rolled-back DDL bloats the naive loop's catalog as it goes, so the first tenth is given apart.
Ratios of speeds, higher is better for the judge; not a test.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

from ghost_engine.sql import check
from ghost_engine.sql.lease import Lease

BLOCK = 50
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


def seconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        work()
    return time.perf_counter() - started


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
    pairs = [(seconds(naive, BLOCK), seconds(judged, BLOCK)) for _ in range(count // BLOCK)]
    tenth = max(1, len(pairs) // 10)
    naive_seconds, judge_seconds = (sum(column) for column in zip(*pairs, strict=True))
    ours_first = sum(judge for _, judge in pairs[:tenth])
    ours_last = sum(judge for _, judge in pairs[-tenth:])
    answer = {
        "checks": len(pairs) * BLOCK,
        "judge_over_naive": round(naive_seconds / judge_seconds, 3),
        "judge_over_naive_first_tenth": round(
            sum(naive for naive, _ in pairs[:tenth]) / ours_first, 3
        ),
        "judge_last_over_first_tenth": round(ours_first / ours_last, 3),
        "judge_per_second": round(len(pairs) * BLOCK / judge_seconds, 1),
        "naive_per_second": round(len(pairs) * BLOCK / naive_seconds, 1),
    }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
