-- 3D print farm, screen over the workbench. Cards for the printers: name, model, nozzle mm, loaded
-- filament (material + colour), state idle / printing / paused / error, and while printing: job
-- name, bar with percent, time left. Underneath the queue, ordered by priority then age: file, for
-- whom, material and colour needed, grams, estimated duration (2 h 35 min), copies. Dragging a
-- queued job onto a printer starts it. Finished jobs are marked good or failed with a reason
-- (spaghetti, adhesion, clogged, ran out).

CREATE TYPE printer_state AS ENUM ('idle', 'printing', 'paused', 'error');

CREATE TABLE filaments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    material text NOT NULL,
    colour text NOT NULL,
    UNIQUE (material, colour)
);

CREATE TABLE printers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    model text NOT NULL,
    nozzle_mm numeric(3, 2) NOT NULL CHECK (nozzle_mm > 0),
    filament_id bigint REFERENCES filaments (id),
    state printer_state NOT NULL DEFAULT 'idle'
);

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE print_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    filament_id bigint NOT NULL REFERENCES filaments (id),
    name text NOT NULL,
    file_path text NOT NULL,
    grams numeric(8, 1) NOT NULL CHECK (grams > 0),
    estimated_duration interval NOT NULL,
    copies smallint NOT NULL DEFAULT 1 CHECK (copies > 0),
    priority smallint NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE prints (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    print_job_id bigint NOT NULL REFERENCES print_jobs (id),
    printer_id bigint NOT NULL REFERENCES printers (id),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    progress_percent smallint NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
    is_good boolean,
    failure_reason text
        CHECK (failure_reason IN ('spaghetti', 'adhesion', 'clogged', 'ran_out')),
    CHECK (finished_at > started_at),
    CHECK ((finished_at IS NULL) = (is_good IS NULL)),
    CHECK (failure_reason IS NULL OR NOT is_good)
);

CREATE UNIQUE INDEX prints_one_running_per_printer ON prints (printer_id)
    WHERE finished_at IS NULL;
CREATE INDEX ON printers (filament_id);
CREATE INDEX ON print_jobs (customer_id);
CREATE INDEX ON print_jobs (filament_id);
CREATE INDEX ON print_jobs (priority DESC, queued_at);
CREATE INDEX ON prints (print_job_id);
CREATE INDEX ON prints (printer_id);
