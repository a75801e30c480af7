-- Batch no. | Beer | Style | Recipe version | Brewed on | Fermenter | Volume (hl) | OG | FG | ABV | Stage
--
-- Stage: mash, fermenting, conditioning, packaged, dumped. ABV is (OG - FG) * 131.25, not typed in.
-- Click a batch: readings (time, gravity, temperature C, pH) as a curve, and the ingredients of its recipe
-- version: malt / hop / yeast / other, name, amount, unit, minute added.

CREATE TYPE batch_stage AS ENUM ('mash', 'fermenting', 'conditioning', 'packaged', 'dumped');
CREATE TYPE ingredient_kind AS ENUM ('malt', 'hop', 'yeast', 'other');

CREATE TABLE beers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    style text NOT NULL
);

CREATE TABLE recipe_versions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    beer_id bigint NOT NULL REFERENCES beers (id),
    version smallint NOT NULL CHECK (version > 0),
    UNIQUE (beer_id, version)
);

CREATE TABLE ingredients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind ingredient_kind NOT NULL,
    name text NOT NULL,
    UNIQUE (kind, name)
);

CREATE TABLE recipe_ingredients (
    recipe_version_id bigint NOT NULL REFERENCES recipe_versions (id) ON DELETE CASCADE,
    ingredient_id bigint NOT NULL REFERENCES ingredients (id),
    minute smallint NOT NULL DEFAULT 0 CHECK (minute >= 0),
    amount numeric(10, 3) NOT NULL CHECK (amount > 0),
    unit text NOT NULL,
    PRIMARY KEY (recipe_version_id, ingredient_id, minute)
);

CREATE TABLE fermenters (
    name text PRIMARY KEY
);

CREATE TABLE batches (
    batch_number integer PRIMARY KEY,
    recipe_version_id bigint NOT NULL REFERENCES recipe_versions (id),
    fermenter_name text REFERENCES fermenters (name),
    brewed_on date NOT NULL,
    volume_hl numeric(7, 2) CHECK (volume_hl > 0),
    original_gravity numeric(5, 3) CHECK (original_gravity BETWEEN 1.000 AND 1.200),
    final_gravity numeric(5, 3) CHECK (final_gravity BETWEEN 0.980 AND 1.200),
    abv numeric(4, 2) GENERATED ALWAYS AS ((original_gravity - final_gravity) * 131.25) STORED,
    stage batch_stage NOT NULL DEFAULT 'mash'
);

CREATE TABLE readings (
    batch_number integer NOT NULL REFERENCES batches (batch_number) ON DELETE CASCADE,
    taken_at timestamptz NOT NULL,
    gravity numeric(5, 3),
    temperature_c numeric(4, 1),
    ph numeric(4, 2) CHECK (ph BETWEEN 0 AND 14),
    PRIMARY KEY (batch_number, taken_at)
);

CREATE INDEX ON recipe_ingredients (ingredient_id);
CREATE INDEX ON batches (recipe_version_id);
CREATE INDEX ON batches (fermenter_name);
