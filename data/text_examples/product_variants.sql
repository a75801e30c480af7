-- Product editor, "Variants" tab. The merchant adds options (Colour: black, sand, olive; Size: S,
-- M, L; at most three options) and the grid below fills itself with one row a combination: SKU,
-- barcode, price, compare-at price, weight in grams, stock, image, active switch. The tab "Media"
-- holds the images in an order with an alt text. Product head: title, handle for the URL, vendor.

CREATE TABLE products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    handle text NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    vendor text
);

CREATE TABLE product_images (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position > 0),
    url text NOT NULL,
    alt_text text,
    UNIQUE (product_id, position)
);

CREATE TABLE product_options (
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 3),
    name text NOT NULL,
    PRIMARY KEY (product_id, position),
    UNIQUE (product_id, name)
);

CREATE TABLE option_values (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL,
    option_position smallint NOT NULL,
    value text NOT NULL,
    FOREIGN KEY (product_id, option_position)
        REFERENCES product_options (product_id, position) ON DELETE CASCADE,
    UNIQUE (product_id, option_position, value),
    UNIQUE (id, product_id, option_position)
);

CREATE TABLE variants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    product_image_id bigint REFERENCES product_images (id) ON DELETE SET NULL,
    sku text NOT NULL UNIQUE,
    barcode text,
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    compare_at_price numeric(10, 2),
    weight_grams integer CHECK (weight_grams > 0),
    stock integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    UNIQUE (id, product_id),
    CHECK (compare_at_price > price)
);

CREATE TABLE variant_option_values (
    variant_id bigint NOT NULL,
    product_id bigint NOT NULL,
    option_position smallint NOT NULL,
    option_value_id bigint NOT NULL,
    PRIMARY KEY (variant_id, option_position),
    FOREIGN KEY (variant_id, product_id) REFERENCES variants (id, product_id) ON DELETE CASCADE,
    FOREIGN KEY (option_value_id, product_id, option_position)
        REFERENCES option_values (id, product_id, option_position)
);

COMMENT ON TABLE variant_option_values IS 'One value of each option a variant has.';

CREATE INDEX ON variants (product_id);
CREATE INDEX ON variants (product_image_id);
CREATE INDEX ON variant_option_values (variant_id, product_id);
CREATE INDEX ON variant_option_values (option_value_id, product_id, option_position);
