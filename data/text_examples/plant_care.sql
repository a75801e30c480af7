-- House plants with photo and room; water every n days. Swipe a plant to say "watered".
-- Thirsty ones come first.

CREATE TABLE plants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    photo_url text,
    room text,
    water_every_days smallint NOT NULL CHECK (water_every_days > 0)
);

CREATE TABLE waterings (
    plant_id uuid NOT NULL REFERENCES plants (id) ON DELETE CASCADE,
    watered_on date NOT NULL DEFAULT current_date,
    PRIMARY KEY (plant_id, watered_on)
);
