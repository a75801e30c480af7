-- Property room screen of a police department. Scan the seal barcode and get the item: case number and
-- offence, item number within the case, description, category (weapon, drugs, cash, electronics,
-- biological, document), found at (address), seized on, seized by (badge number and name), current shelf.
-- Big table "Chain of custody", newest last, nothing in it can ever be changed: when, handed over by,
-- received by, purpose (storage, laboratory, court, return, destruction), seal intact yes/no, remark.
-- For cash the amount and for drugs the weight in grams are shown as well.

CREATE TYPE evidence_category AS ENUM (
    'weapon', 'drugs', 'cash', 'electronics', 'biological', 'document'
);
CREATE TYPE transfer_purpose AS ENUM (
    'storage', 'laboratory', 'court', 'return', 'destruction'
);

CREATE TABLE criminal_cases (
    case_number text PRIMARY KEY,
    offence text NOT NULL
);

CREATE TABLE officers (
    badge_number integer PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE shelves (
    code text PRIMARY KEY
);

CREATE TABLE evidence_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_number text NOT NULL REFERENCES criminal_cases (case_number),
    item_number smallint NOT NULL CHECK (item_number > 0),
    seal_barcode text NOT NULL UNIQUE,
    description text NOT NULL,
    category evidence_category NOT NULL,
    found_at text,
    seized_on date NOT NULL,
    seized_by integer NOT NULL REFERENCES officers (badge_number),
    shelf_code text REFERENCES shelves (code),
    cash_amount numeric(12, 2) CHECK (cash_amount >= 0),
    weight_grams numeric(10, 3) CHECK (weight_grams > 0),
    UNIQUE (case_number, item_number),
    CHECK (cash_amount IS NULL OR category = 'cash'),
    CHECK (weight_grams IS NULL OR category = 'drugs')
);

CREATE TABLE custody_transfers (
    evidence_item_id bigint NOT NULL REFERENCES evidence_items (id) ON DELETE RESTRICT,
    sequence_number smallint NOT NULL CHECK (sequence_number > 0),
    transferred_at timestamptz NOT NULL DEFAULT now(),
    handed_over_by integer NOT NULL REFERENCES officers (badge_number),
    received_by text NOT NULL,
    purpose transfer_purpose NOT NULL,
    seal_intact boolean NOT NULL,
    remark text,
    PRIMARY KEY (evidence_item_id, sequence_number)
);

COMMENT ON TABLE custody_transfers IS 'Append only: rows are never changed or deleted.';
COMMENT ON COLUMN custody_transfers.received_by IS 'Laboratories and courts have no badge number.';

CREATE INDEX ON evidence_items (seized_by);
CREATE INDEX ON evidence_items (shelf_code);
CREATE INDEX ON custody_transfers (handed_over_by);
