CREATE TYPE copy_state AS ENUM ('available', 'on_loan', 'reserved', 'in_repair', 'lost');
CREATE TYPE medium AS ENUM ('hardcover', 'paperback', 'audiobook', 'large_print', 'comic');
CREATE TYPE member_kind AS ENUM ('adult', 'child', 'student', 'senior', 'staff');

CREATE TABLE genre (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id smallint REFERENCES genre (id),
    dewey text NOT NULL UNIQUE,
    name text NOT NULL
);

CREATE TABLE publisher (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    city text
);

CREATE TABLE author (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    given_name text,
    family_name text NOT NULL,
    born smallint CHECK (born BETWEEN 1000 AND 2020),
    nationality text
);
CREATE INDEX author_family_name_idx ON author (family_name, given_name);

CREATE TABLE book (
    isbn text PRIMARY KEY CHECK (isbn ~ '^[0-9]{13}$'),
    title text NOT NULL,
    subtitle text,
    genre_id smallint NOT NULL REFERENCES genre (id),
    publisher_id integer REFERENCES publisher (id),
    published smallint CHECK (published BETWEEN 1450 AND 2100),
    pages smallint CHECK (pages > 0),
    language text NOT NULL,
    medium medium NOT NULL DEFAULT 'paperback',
    minimum_age smallint,
    summary text,
    keywords text[]
);
CREATE INDEX book_title_idx ON book (title);
CREATE INDEX book_genre_id_idx ON book (genre_id);

CREATE TABLE book_author (
    book_id text NOT NULL REFERENCES book (isbn) ON DELETE CASCADE,
    author_id integer NOT NULL REFERENCES author (id) ON DELETE RESTRICT,
    PRIMARY KEY (book_id, author_id)
);
CREATE INDEX book_author_author_id_idx ON book_author (author_id);

CREATE TABLE branch (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    street text NOT NULL,
    phone text,
    opens time NOT NULL,
    closes time NOT NULL,
    has_reading_room boolean NOT NULL DEFAULT false,
    CHECK (closes > opens)
);

CREATE TABLE book_copy (
    barcode text PRIMARY KEY,
    book_id text NOT NULL REFERENCES book (isbn) ON DELETE CASCADE,
    branch_id smallint NOT NULL REFERENCES branch (id),
    shelf_mark text NOT NULL,
    state copy_state NOT NULL DEFAULT 'available',
    acquired_on date NOT NULL,
    purchase_price numeric(7,2) CHECK (purchase_price >= 0)
);
CREATE INDEX book_copy_book_id_idx ON book_copy (book_id);
COMMENT ON TABLE book_copy IS 'The thing on the shelf; a book may have none or many';

CREATE TABLE member (
    card_number text PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    kind member_kind NOT NULL DEFAULT 'adult',
    birth_date date,
    email text,
    phone text,
    city text,
    home_branch_id smallint REFERENCES branch (id),
    guarantor_id text REFERENCES member (card_number),
    joined_on date NOT NULL,
    valid_until date NOT NULL,
    is_blocked boolean NOT NULL DEFAULT false,
    CHECK (valid_until > joined_on)
);
CREATE INDEX member_last_name_idx ON member (last_name);
COMMENT ON COLUMN member.guarantor_id IS 'The adult who answers for a child';

CREATE TABLE loan (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    copy_id text NOT NULL REFERENCES book_copy (barcode),
    member_id text NOT NULL REFERENCES member (card_number),
    lent_on date NOT NULL,
    due_on date NOT NULL,
    returned_on date,
    renewals smallint NOT NULL DEFAULT 0 CHECK (renewals BETWEEN 0 AND 3),
    CHECK (due_on > lent_on),
    CHECK (returned_on >= lent_on)
);
CREATE INDEX loan_member_id_idx ON loan (member_id);
CREATE INDEX loan_open_idx ON loan (due_on) WHERE returned_on IS NULL;

CREATE TABLE fine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loan_id bigint NOT NULL REFERENCES loan (id) ON DELETE CASCADE,
    reason text NOT NULL,
    amount numeric(6,2) NOT NULL CHECK (amount > 0),
    issued_on date NOT NULL,
    paid_on date,
    CHECK (paid_on >= issued_on)
);
CREATE INDEX fine_loan_id_idx ON fine (loan_id);
