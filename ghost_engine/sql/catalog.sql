WITH spaces AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
    WHERE nspname = $1 OR (xmin = pg_catalog.pg_current_xact_id()::xid AND nspname !~ '^pg_')
), relations AS (
    SELECT c.oid, c.relname, c.relkind, c.relnamespace, s.nspname,
           d.description
    FROM pg_catalog.pg_class c
    JOIN spaces s ON s.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
    WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
)
SELECT pg_catalog.json_build_object(
    'relations', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            r.oid::int8, r.relname, r.relkind, r.nspname, r.description) ORDER BY r.oid)
        FROM relations r),
    'columns', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            a.attrelid::int8, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
            NOT a.attnotnull, pg_catalog.pg_get_expr(e.adbin, e.adrelid), a.attidentity,
            a.attgenerated, d.description, a.attnum) ORDER BY a.attrelid, a.attnum)
        FROM relations r
        JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
        LEFT JOIN pg_catalog.pg_description d
            ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass
            AND d.objsubid = a.attnum),
    'constraints', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            k.conrelid::int8, k.conname, k.contype, k.conkey, k.confrelid::int8, k.confkey,
            k.confdeltype, k.confupdtype,
            CASE WHEN k.contype IN ('c', 'x') THEN pg_catalog.pg_get_constraintdef(k.oid) END)
            ORDER BY k.oid)
        FROM relations r
        JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
        WHERE k.conparentid = 0),
    'indexes', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            i.indrelid::int8, c.relname, pg_catalog.pg_get_indexdef(i.indexrelid), i.indisunique,
            i.indkey::int2[]) ORDER BY i.indexrelid)
        FROM relations r
        JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint k
            WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))),
    'enums', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            t.typname, (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)
                        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)) ORDER BY t.oid)
        FROM pg_catalog.pg_type t JOIN spaces s ON s.oid = t.typnamespace
        WHERE t.typtype = 'e')
)
