-- Écran « Vendanges » d'une cave coopérative, utilisé au quai de réception. Chaque apport est une ligne :
-- numéro de ticket, date et heure, adhérent, parcelle, cépage, poids brut et tare en kg (le net se calcule),
-- degré probable, état sanitaire (sain, moyen, mauvais) et la cuve de destination. Une parcelle a un seul
-- cépage et appartient à un adhérent ; une cuve a un numéro et une capacité en hectolitres. En bas, le
-- total du jour par cépage.

CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE grape_varieties (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE plots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id bigint NOT NULL REFERENCES members (id),
    grape_variety_id bigint NOT NULL REFERENCES grape_varieties (id),
    name text NOT NULL,
    UNIQUE (member_id, name)
);

CREATE TABLE tanks (
    number smallint PRIMARY KEY,
    capacity_hl numeric(8, 1) NOT NULL CHECK (capacity_hl > 0)
);

CREATE TABLE grape_deliveries (
    ticket_number bigint PRIMARY KEY,
    plot_id bigint NOT NULL REFERENCES plots (id),
    tank_number smallint NOT NULL REFERENCES tanks (number),
    delivered_at timestamptz NOT NULL DEFAULT now(),
    gross_kg integer NOT NULL CHECK (gross_kg > 0),
    tare_kg integer NOT NULL CHECK (tare_kg >= 0),
    net_kg integer GENERATED ALWAYS AS (gross_kg - tare_kg) STORED,
    potential_alcohol numeric(4, 1) CHECK (potential_alcohol BETWEEN 0 AND 20),
    condition text NOT NULL CHECK (condition IN ('healthy', 'average', 'poor')),
    CHECK (gross_kg > tare_kg)
);

CREATE INDEX ON plots (grape_variety_id);
CREATE INDEX ON grape_deliveries (plot_id);
CREATE INDEX ON grape_deliveries (tank_number);
CREATE INDEX ON grape_deliveries (delivered_at);
