-- Tables with their indexes and long values, in bytes; a partitioned one with all its parts.
SELECT watched AS table_name,
       coalesce(
           (SELECT sum(pg_total_relation_size(relid))::bigint
              FROM pg_partition_tree(to_regclass(watched))
             WHERE isleaf),
           pg_total_relation_size(to_regclass(watched))
       ) AS bytes
  FROM unnest(%(tables)s::text[]) AS watched
 WHERE to_regclass(watched) IS NOT NULL
