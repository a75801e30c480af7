-- Admin > Roles. A matrix: rows are permissions grouped by area (Orders: view, create, refund;
-- Catalogue: view, edit), columns are roles (Owner, Manager, Cashier, custom ones). A cell is a
-- tick box. Built-in roles have a lock and cannot be deleted. Under each role: how many users have
-- it. A user may have several roles.

CREATE TABLE permissions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area text NOT NULL,
    action text NOT NULL,
    UNIQUE (area, action)
);

CREATE TABLE roles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    is_built_in boolean NOT NULL DEFAULT false
);

CREATE TABLE role_permissions (
    role_id bigint NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    permission_id bigint NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, permission_id)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE user_roles (
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id bigint NOT NULL REFERENCES roles (id),
    PRIMARY KEY (user_id, role_id)
);

CREATE INDEX ON role_permissions (permission_id);
CREATE INDEX ON user_roles (role_id);
