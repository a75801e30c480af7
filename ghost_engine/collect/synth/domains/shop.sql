CREATE TYPE order_status AS ENUM ('pending', 'paid', 'packed', 'shipped', 'delivered', 'returned', 'cancelled');
CREATE TYPE product_status AS ENUM ('draft', 'active', 'archived');
CREATE TYPE currency AS ENUM ('EUR', 'USD', 'GBP', 'CHF');

CREATE TABLE store_settings (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store_name text NOT NULL,
    contact_email text NOT NULL,
    default_currency currency NOT NULL DEFAULT 'EUR',
    prices_include_tax boolean NOT NULL DEFAULT true,
    allow_guest_checkout boolean NOT NULL DEFAULT true,
    reviews_need_approval boolean NOT NULL DEFAULT false,
    free_shipping_from numeric(10,2) CHECK (free_shipping_from >= 0),
    low_stock_threshold integer NOT NULL DEFAULT 5 CHECK (low_stock_threshold >= 0),
    order_prefix text NOT NULL DEFAULT 'SO-'
);

CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint REFERENCES categories (id) ON DELETE SET NULL,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    is_visible boolean NOT NULL DEFAULT true
);
CREATE INDEX categories_parent_id_idx ON categories (parent_id);
COMMENT ON COLUMN categories.parent_id IS 'Empty for the departments at the top of the tree';

CREATE TABLE products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id bigint NOT NULL REFERENCES categories (id),
    name text NOT NULL,
    brand text,
    description text,
    status product_status NOT NULL DEFAULT 'draft',
    price numeric(10,2) NOT NULL CHECK (price >= 0),
    tax_rate numeric(4,2) NOT NULL DEFAULT 19 CHECK (tax_rate BETWEEN 0 AND 30),
    tags text[] NOT NULL DEFAULT '{}',
    is_featured boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX products_category_id_idx ON products (category_id);
CREATE INDEX products_active_idx ON products (name) WHERE status = 'active';

CREATE TABLE product_variants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    sku text NOT NULL UNIQUE,
    color text,
    size text,
    price numeric(10,2) NOT NULL CHECK (price >= 0),
    stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
    weight_grams integer CHECK (weight_grams > 0),
    barcode text UNIQUE
);
CREATE INDEX product_variants_product_id_idx ON product_variants (product_id);
COMMENT ON TABLE product_variants IS 'What is really sold and kept in stock';

CREATE TABLE collections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL UNIQUE,
    published_on date
);

CREATE TABLE collection_products (
    collection_id bigint NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    PRIMARY KEY (collection_id, product_id)
);

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    street text,
    postcode text,
    city text,
    country text NOT NULL,
    accepts_marketing boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customers_name_idx ON customers (last_name, first_name);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers (id),
    status order_status NOT NULL DEFAULT 'pending',
    currency currency NOT NULL DEFAULT 'EUR',
    placed_at timestamptz NOT NULL DEFAULT now(),
    shipped_at timestamptz,
    tracking_number text,
    shipping_cost numeric(10,2) NOT NULL DEFAULT 0 CHECK (shipping_cost >= 0),
    total numeric(12,2) NOT NULL CHECK (total >= 0),
    customer_note text,
    CHECK (shipped_at >= placed_at)
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at DESC);

CREATE TABLE order_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    variant_id bigint NOT NULL REFERENCES product_variants (id),
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price numeric(10,2) NOT NULL CHECK (unit_price >= 0),
    discount_percent numeric(5,2) NOT NULL DEFAULT 0 CHECK (discount_percent BETWEEN 0 AND 100),
    amount numeric(12,2) NOT NULL,
    UNIQUE (order_id, variant_id)
);

CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    customer_id bigint REFERENCES customers (id) ON DELETE SET NULL,
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title text,
    body text,
    is_verified boolean NOT NULL DEFAULT false,
    posted_on date NOT NULL
);
CREATE INDEX reviews_product_id_idx ON reviews (product_id, posted_on DESC);
