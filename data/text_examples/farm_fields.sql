-- Cuaderno de campo. A la izquierda el mapa con las parcelas dibujadas; a la derecha, la ficha de la
-- parcela elegida: nombre, referencia catastral, superficie en hectáreas, contorno (GeoJSON). Debajo, el
-- cultivo de cada campaña (especie, variedad, fecha de siembra, fecha de cosecha, kilos recogidos) y la
-- lista de tratamientos: fecha, producto con su número de registro, dosis por hectárea y unidad, motivo
-- (plaga) y quién lo aplicó, con su número de carné.

CREATE TABLE fields (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    cadastral_reference text NOT NULL UNIQUE,
    area_hectares numeric(10, 4) NOT NULL CHECK (area_hectares > 0),
    outline jsonb
);

CREATE TABLE crops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field_id bigint NOT NULL REFERENCES fields (id),
    season smallint NOT NULL,
    species text NOT NULL,
    variety text,
    sown_on date,
    harvested_on date,
    harvested_kg numeric(12, 1) CHECK (harvested_kg >= 0),
    UNIQUE (field_id, season, species, variety),
    CHECK (harvested_on > sown_on)
);

CREATE TABLE products (
    registration_number text PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE applicators (
    licence_number text PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE treatments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field_id bigint NOT NULL REFERENCES fields (id),
    product_number text NOT NULL REFERENCES products (registration_number),
    applicator_licence text NOT NULL REFERENCES applicators (licence_number),
    applied_on date NOT NULL,
    dose_per_hectare numeric(10, 3) NOT NULL CHECK (dose_per_hectare > 0),
    dose_unit text NOT NULL,
    reason text NOT NULL
);

COMMENT ON COLUMN fields.outline IS 'GeoJSON polygon, as drawn on the map.';

CREATE INDEX ON treatments (field_id, applied_on);
CREATE INDEX ON treatments (product_number);
CREATE INDEX ON treatments (applicator_licence);
