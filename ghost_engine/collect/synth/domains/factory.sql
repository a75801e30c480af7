CREATE TYPE product_type AS ENUM ('raw_material', 'component', 'assembly', 'finished_good');
CREATE TYPE machine_state AS ENUM ('running', 'idle', 'setup', 'down', 'maintenance');
CREATE TYPE work_order_state AS ENUM ('planned', 'released', 'in_production', 'on_hold', 'finished');
CREATE TYPE check_result AS ENUM ('pass', 'rework', 'scrap');

CREATE TABLE work_center (
    work_center_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    shift_capacity_hours numeric(5,1) NOT NULL CHECK (shift_capacity_hours > 0)
);

CREATE TABLE machine (
    machine_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    work_center_id integer NOT NULL REFERENCES work_center (work_center_id),
    asset_tag text NOT NULL UNIQUE,
    name text NOT NULL,
    manufacturer text,
    installed_on date,
    hourly_cost numeric(8,2) NOT NULL CHECK (hourly_cost >= 0),
    state machine_state NOT NULL DEFAULT 'idle',
    next_service_on date
);
CREATE INDEX machine_work_center_id_idx ON machine (work_center_id);

CREATE TABLE operator (
    operator_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    badge_number text NOT NULL UNIQUE,
    full_name text NOT NULL,
    home_center_id integer REFERENCES work_center (work_center_id) ON DELETE SET NULL,
    is_team_lead boolean NOT NULL DEFAULT false
);

CREATE TABLE product (
    product_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part_number text NOT NULL UNIQUE,
    name text NOT NULL,
    type product_type NOT NULL,
    revision text NOT NULL DEFAULT 'A',
    unit_of_measure text NOT NULL DEFAULT 'pcs',
    weight_g numeric(10,2) CHECK (weight_g > 0),
    standard_cost numeric(12,4) NOT NULL CHECK (standard_cost >= 0),
    safety_stock integer NOT NULL DEFAULT 0 CHECK (safety_stock >= 0),
    lead_time_days integer CHECK (lead_time_days >= 0),
    is_active boolean NOT NULL DEFAULT true
);
CREATE INDEX product_name_idx ON product (name);
COMMENT ON COLUMN product.revision IS 'Drawing revision in force';

CREATE TABLE bill_of_material (
    assembly_id integer NOT NULL REFERENCES product (product_id) ON DELETE CASCADE,
    component_id integer NOT NULL REFERENCES product (product_id),
    quantity numeric(12,3) NOT NULL CHECK (quantity > 0),
    scrap_percent numeric(4,1) NOT NULL DEFAULT 0 CHECK (scrap_percent BETWEEN 0 AND 50),
    remark text,
    PRIMARY KEY (assembly_id, component_id),
    CHECK (assembly_id <> component_id)
);
CREATE INDEX bill_of_material_component_id_idx ON bill_of_material (component_id);
COMMENT ON TABLE bill_of_material IS 'What goes into one piece of an assembly';

CREATE TABLE routing_operation (
    operation_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id integer NOT NULL REFERENCES product (product_id) ON DELETE CASCADE,
    step_number integer NOT NULL CHECK (step_number > 0),
    name text NOT NULL,
    work_center_id integer NOT NULL REFERENCES work_center (work_center_id),
    setup_minutes integer NOT NULL DEFAULT 0 CHECK (setup_minutes >= 0),
    run_seconds integer NOT NULL CHECK (run_seconds > 0),
    UNIQUE (product_id, step_number)
);

CREATE TABLE work_order (
    work_order_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_number text NOT NULL UNIQUE,
    product_id integer NOT NULL REFERENCES product (product_id),
    parent_order_id integer REFERENCES work_order (work_order_id),
    machine_id integer REFERENCES machine (machine_id),
    quantity_planned integer NOT NULL CHECK (quantity_planned > 0),
    quantity_good integer NOT NULL DEFAULT 0 CHECK (quantity_good >= 0),
    quantity_scrap integer NOT NULL DEFAULT 0 CHECK (quantity_scrap >= 0),
    priority smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
    state work_order_state NOT NULL DEFAULT 'planned',
    start_on date NOT NULL,
    due_on date NOT NULL,
    customer_reference text,
    CHECK (due_on >= start_on)
);
CREATE INDEX work_order_product_id_idx ON work_order (product_id);
CREATE INDEX work_order_due_on_idx ON work_order (due_on) WHERE state <> 'finished';
COMMENT ON COLUMN work_order.parent_order_id IS 'The order that needs this part';

CREATE TABLE quality_check (
    quality_check_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    work_order_id integer NOT NULL REFERENCES work_order (work_order_id) ON DELETE CASCADE,
    operator_id integer NOT NULL REFERENCES operator (operator_id),
    characteristic text NOT NULL,
    nominal_mm numeric(8,3) NOT NULL,
    deviation_um integer NOT NULL,
    sample_size integer NOT NULL DEFAULT 1 CHECK (sample_size > 0),
    result check_result NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    remark text
);
CREATE INDEX quality_check_work_order_id_idx ON quality_check (work_order_id, checked_at DESC);

CREATE TABLE downtime (
    downtime_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id integer NOT NULL REFERENCES machine (machine_id) ON DELETE CASCADE,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    cause text NOT NULL,
    is_planned boolean NOT NULL DEFAULT false,
    CHECK (ended_at > started_at)
);
CREATE INDEX downtime_machine_id_idx ON downtime (machine_id, started_at DESC);
