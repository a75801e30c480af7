-- Tableta del camarero. La pantalla principal es el plano de la sala: cada mesa con su número, la
-- zona (terraza, comedor, barra), cuántas personas caben y si está libre u ocupada. Al tocar una
-- mesa se abre la comanda: hora de apertura, camarero, comensales y las líneas: plato, cantidad,
-- nota para cocina («sin cebolla»), pase (1 entrantes, 2 principales, 3 postres), estado (pedido,
-- en cocina, servido) y precio. La carta está agrupada por categorías; un plato agotado aparece
-- tachado. Solo puede haber una comanda abierta por mesa.

CREATE TYPE item_status AS ENUM ('ordered', 'in_kitchen', 'served');

CREATE TABLE dining_tables (
    number smallint PRIMARY KEY,
    area text NOT NULL CHECK (area IN ('terrace', 'dining_room', 'bar')),
    seats smallint NOT NULL CHECK (seats > 0)
);

CREATE TABLE waiters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE menu_categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE dishes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    menu_category_id bigint NOT NULL REFERENCES menu_categories (id),
    name text NOT NULL UNIQUE,
    price numeric(8, 2) NOT NULL CHECK (price >= 0),
    is_sold_out boolean NOT NULL DEFAULT false
);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_number smallint NOT NULL REFERENCES dining_tables (number),
    waiter_id bigint NOT NULL REFERENCES waiters (id),
    guests smallint NOT NULL CHECK (guests > 0),
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CHECK (closed_at >= opened_at)
);

CREATE TABLE order_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    dish_id bigint NOT NULL REFERENCES dishes (id),
    quantity smallint NOT NULL DEFAULT 1 CHECK (quantity > 0),
    kitchen_note text,
    course smallint NOT NULL CHECK (course BETWEEN 1 AND 3),
    status item_status NOT NULL DEFAULT 'ordered',
    unit_price numeric(8, 2) NOT NULL CHECK (unit_price >= 0)
);

CREATE UNIQUE INDEX orders_one_open_per_table ON orders (table_number) WHERE closed_at IS NULL;
CREATE INDEX ON dishes (menu_category_id);
CREATE INDEX ON orders (table_number);
CREATE INDEX ON orders (waiter_id);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON order_items (dish_id);
