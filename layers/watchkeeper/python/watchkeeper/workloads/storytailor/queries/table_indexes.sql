-- One row for each index of the watched tables, and one for a table that has none. From the
-- catalogue: a table is opened, and its lock waited for, only to read an index's condition. A key
-- that is an expression has no column, and is ''.
SELECT relation.relname::text AS table_name,
       ARRAY(
           SELECT attname::text
             FROM pg_attribute
            WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
       ) AS table_columns,
       own.relname::text AS index_name,
       ARRAY(
           SELECT coalesce(attname::text, '')
             FROM unnest(index.indkey) WITH ORDINALITY AS key (attribute, position)
             LEFT JOIN pg_attribute ON attrelid = relation.oid AND attnum = key.attribute
            WHERE position <= index.indnkeyatts
            ORDER BY position
       ) AS key_columns,
       CASE WHEN index.indpred IS NULL THEN ''
            ELSE pg_get_expr(index.indpred, index.indrelid) END AS predicate,
       coalesce(index.indisvalid AND index.indisready, false) AS is_usable,
       coalesce(index.indisunique OR index.indisexclusion, false) AS is_constraint,
       coalesce(pg_stat_get_numscans(index.indexrelid), 0) AS scans
  FROM unnest(%(tables)s::text[]) AS watched
  JOIN pg_class AS relation ON relation.oid = to_regclass(watched)
  LEFT JOIN pg_index AS index ON index.indrelid = relation.oid
  LEFT JOIN pg_class AS own ON own.oid = index.indexrelid
