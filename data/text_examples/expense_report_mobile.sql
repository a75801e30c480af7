-- Expenses on the phone. The + button opens the camera; after the shot the receipt slides into a
-- form: merchant, date, amount, currency, category (travel, meals, lodging, office, other), project
-- (optional), "paid with company card" switch, note. Amounts in a foreign currency show the rate
-- and the amount in euros. Receipts are collected into a report with a title; pulling the report up
-- sends it. The manager then approves or sends it back with a comment; paid out on.

CREATE TYPE report_status AS ENUM ('draft', 'submitted', 'sent_back', 'approved', 'paid_out');
CREATE TYPE expense_category AS ENUM ('travel', 'meals', 'lodging', 'office', 'other');

CREATE TABLE employees (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    manager_id uuid REFERENCES employees (id),
    full_name text NOT NULL,
    CHECK (manager_id <> id)
);

CREATE TABLE projects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE expense_reports (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    employee_id uuid NOT NULL REFERENCES employees (id),
    title text NOT NULL,
    status report_status NOT NULL DEFAULT 'draft',
    manager_comment text,
    paid_out_on date,
    CHECK ((status = 'paid_out') = (paid_out_on IS NOT NULL))
);

CREATE TABLE expenses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    expense_report_id uuid NOT NULL REFERENCES expense_reports (id) ON DELETE CASCADE,
    project_id uuid REFERENCES projects (id),
    merchant text NOT NULL,
    spent_on date NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    exchange_rate numeric(14, 6) NOT NULL DEFAULT 1 CHECK (exchange_rate > 0),
    amount_eur numeric(12, 2) GENERATED ALWAYS AS (round(amount * exchange_rate, 2)) STORED,
    category expense_category NOT NULL,
    paid_with_company_card boolean NOT NULL DEFAULT false,
    note text,
    receipt_photo_url text NOT NULL,
    CHECK (currency <> 'EUR' OR exchange_rate = 1)
);

CREATE INDEX ON employees (manager_id);
CREATE INDEX ON expense_reports (employee_id);
CREATE INDEX ON expenses (expense_report_id);
CREATE INDEX ON expenses (project_id);
