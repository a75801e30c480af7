CREATE ROLE ghost_runner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE ghost_runner SET statement_timeout = '2s';
ALTER ROLE ghost_runner SET lock_timeout = '2s';
ALTER ROLE ghost_runner SET transaction_timeout = '60s';
ALTER ROLE ghost_runner SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE ghost_runner SET work_mem = '4MB';
ALTER ROLE ghost_runner SET maintenance_work_mem = '16MB';
ALTER ROLE ghost_runner SET client_min_messages = 'error';
ALTER ROLE ghost_runner SET search_path = public, extensions;
CREATE DATABASE sandbox_template;
REVOKE ALL ON DATABASE postgres, template1, sandbox_template FROM PUBLIC;
GRANT CONNECT ON DATABASE sandbox_template TO ghost_runner;
-- in the template
ALTER SCHEMA public OWNER TO ghost_runner;
CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO ghost_runner;
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
CREATE EXTENSION ltree SCHEMA extensions;
CREATE EXTENSION btree_gin SCHEMA extensions;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION unaccent SCHEMA extensions;
CREATE EXTENSION fuzzystrmatch SCHEMA extensions;
CREATE EXTENSION cube SCHEMA extensions;
CREATE EXTENSION isn SCHEMA extensions;
CREATE EXTENSION intarray SCHEMA extensions;
CREATE EXTENSION vector SCHEMA extensions;
-- uuid-ossp and pgcrypto are not in the wheel; these stand in for what schemas use of them.
CREATE FUNCTION extensions.uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION extensions.uuid_generate_v1() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION extensions.uuid_generate_v1mc() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION extensions.uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '00000000-0000-0000-0000-000000000000'::uuid;
CREATE FUNCTION extensions.gen_random_bytes(integer) RETURNS bytea LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN (SELECT pg_catalog.substring(pg_catalog.string_agg(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), ''::bytea), 1, $1)
            FROM pg_catalog.generate_series(0, LEAST($1, 1024) / 16));
CREATE FUNCTION extensions.digest(text, text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE pg_catalog.lower($2)
        WHEN 'md5' THEN pg_catalog.decode(pg_catalog.md5($1), 'hex')
        WHEN 'sha224' THEN pg_catalog.sha224(pg_catalog.convert_to($1, 'UTF8'))
        WHEN 'sha256' THEN pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8'))
        WHEN 'sha384' THEN pg_catalog.sha384(pg_catalog.convert_to($1, 'UTF8'))
        WHEN 'sha512' THEN pg_catalog.sha512(pg_catalog.convert_to($1, 'UTF8'))
    END;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8), pg_catalog.pg_sleep_for(interval),
    pg_catalog.pg_sleep_until(timestamptz) FROM PUBLIC;
