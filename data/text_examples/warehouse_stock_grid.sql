-- Stock on hand
--
-- SKU | Description | Unit | Warehouse | Aisle | Bay | Level | On hand | Reserved | Available | Reorder at
--
-- Grouped by warehouse. "Available" is on hand minus reserved. A bin (warehouse + aisle + bay + level)
-- may hold several SKUs, an SKU may lie in several bins. The reorder point is the SKU's own.

CREATE TABLE warehouses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE bins (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    warehouse_id bigint NOT NULL REFERENCES warehouses (id),
    aisle text NOT NULL,
    bay smallint NOT NULL,
    level smallint NOT NULL,
    UNIQUE (warehouse_id, aisle, bay, level)
);

CREATE TABLE products (
    sku text PRIMARY KEY,
    description text NOT NULL,
    unit text NOT NULL,
    reorder_point integer NOT NULL DEFAULT 0 CHECK (reorder_point >= 0)
);

CREATE TABLE stock_levels (
    bin_id bigint NOT NULL REFERENCES bins (id),
    sku text NOT NULL REFERENCES products (sku),
    on_hand integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    available integer GENERATED ALWAYS AS (on_hand - reserved) STORED,
    PRIMARY KEY (bin_id, sku),
    CHECK (reserved <= on_hand)
);

CREATE INDEX ON stock_levels (sku);
