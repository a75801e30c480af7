-- Ticket #2291, "Overdue list is wrong", from the circulation desk:
--
-- On the Overdue page we see reader, card number, title, barcode, borrowed on, due on, days late and the
-- fine so far. We have three copies of most novels. When Mrs. Osei returned the copy with barcode 30041
-- the page took the wrong copy off the list, because it goes by the title. It must go by the barcode.
-- Also please show how often the loan was renewed (three times at most) and let us filter by branch, a
-- copy belongs to one. Titles show their author(s), some have two or three, and the ISBN where there is
-- one. Paid fines should vanish from the total.

CREATE TABLE branches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE titles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    isbn text UNIQUE
);

CREATE TABLE title_authors (
    title_id bigint NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES authors (id),
    position smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (title_id, author_id),
    UNIQUE (title_id, position)
);

CREATE TABLE copies (
    barcode text PRIMARY KEY,
    title_id bigint NOT NULL REFERENCES titles (id),
    branch_id bigint NOT NULL REFERENCES branches (id)
);

CREATE TABLE readers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    card_number text NOT NULL UNIQUE,
    full_name text NOT NULL
);

CREATE TABLE loans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    barcode text NOT NULL REFERENCES copies (barcode),
    reader_id bigint NOT NULL REFERENCES readers (id),
    borrowed_on date NOT NULL DEFAULT current_date,
    due_on date NOT NULL,
    returned_on date,
    renewals smallint NOT NULL DEFAULT 0 CHECK (renewals BETWEEN 0 AND 3),
    CHECK (due_on >= borrowed_on),
    CHECK (returned_on >= borrowed_on)
);

CREATE TABLE fines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loan_id bigint NOT NULL UNIQUE REFERENCES loans (id),
    amount numeric(8, 2) NOT NULL CHECK (amount > 0),
    paid_at timestamptz
);

CREATE UNIQUE INDEX loans_one_open_per_copy ON loans (barcode) WHERE returned_on IS NULL;
CREATE INDEX ON loans (barcode);
CREATE INDEX ON loans (reader_id);
CREATE INDEX ON loans (due_on) WHERE returned_on IS NULL;
CREATE INDEX ON title_authors (author_id);
CREATE INDEX ON copies (title_id);
CREATE INDEX ON copies (branch_id);
