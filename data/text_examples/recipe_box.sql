-- Recipe page: picture, servings, minutes, ingredients with amounts, numbered steps.
-- Something to find recipes by ingredient.

CREATE TABLE recipes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    picture_url text,
    servings smallint NOT NULL CHECK (servings > 0),
    minutes smallint CHECK (minutes > 0)
);

CREATE TABLE ingredients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE recipe_ingredients (
    recipe_id bigint NOT NULL REFERENCES recipes (id) ON DELETE CASCADE,
    ingredient_id bigint NOT NULL REFERENCES ingredients (id),
    amount numeric(8, 2) CHECK (amount > 0),
    unit text,
    PRIMARY KEY (recipe_id, ingredient_id)
);

CREATE TABLE recipe_steps (
    recipe_id bigint NOT NULL REFERENCES recipes (id) ON DELETE CASCADE,
    number smallint NOT NULL CHECK (number > 0),
    instruction text NOT NULL,
    PRIMARY KEY (recipe_id, number)
);

CREATE INDEX ON recipe_ingredients (ingredient_id);
