-- Master-detail. Left: payroll runs, one a month and legal entity, with pay date and state (draft,
-- calculated, approved, paid). Right: the payslips of the selected run: employee number, name, gross,
-- deductions, net. Unfolding a payslip lists its lines in the order they are printed: wage type code and
-- text (1000 base salary, 1200 overtime, 5100 income tax, 5200 pension), hours or days if it is paid by
-- quantity, rate, and the amount; deductions are negative. Net must equal the sum of the lines, which
-- the application checks; the payslip stores gross and deductions only.

CREATE TYPE payroll_status AS ENUM ('draft', 'calculated', 'approved', 'paid');

CREATE TABLE legal_entities (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE employees (
    employee_number integer PRIMARY KEY,
    legal_entity_id bigint NOT NULL REFERENCES legal_entities (id),
    full_name text NOT NULL
);

CREATE TABLE wage_types (
    code smallint PRIMARY KEY CHECK (code BETWEEN 1000 AND 9999),
    name text NOT NULL UNIQUE
);

CREATE TABLE payroll_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    legal_entity_id bigint NOT NULL REFERENCES legal_entities (id),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    pay_date date NOT NULL,
    status payroll_status NOT NULL DEFAULT 'draft',
    UNIQUE (legal_entity_id, month)
);

CREATE TABLE payslips (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payroll_run_id bigint NOT NULL REFERENCES payroll_runs (id) ON DELETE CASCADE,
    employee_number integer NOT NULL REFERENCES employees (employee_number),
    gross numeric(12, 2) NOT NULL,
    deductions numeric(12, 2) NOT NULL CHECK (deductions <= 0),
    net numeric(12, 2) GENERATED ALWAYS AS (gross + deductions) STORED,
    UNIQUE (payroll_run_id, employee_number)
);

CREATE TABLE payslip_lines (
    payslip_id bigint NOT NULL REFERENCES payslips (id) ON DELETE CASCADE,
    line_number smallint NOT NULL,
    wage_type_code smallint NOT NULL REFERENCES wage_types (code),
    quantity numeric(8, 2),
    rate numeric(12, 4),
    amount numeric(12, 2) NOT NULL,
    PRIMARY KEY (payslip_id, line_number)
);

COMMENT ON COLUMN payroll_runs.month IS 'The first day of the month that is paid.';

CREATE INDEX ON employees (legal_entity_id);
CREATE INDEX ON payslips (employee_number);
CREATE INDEX ON payslip_lines (wage_type_code);
