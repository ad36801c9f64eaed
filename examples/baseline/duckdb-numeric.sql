-- One numeric column of the table `train` as a column of a baseline file. Replace :column and :role.
WITH groups AS (                                -- one row for each different value
  SELECT CAST(:column AS DOUBLE) AS x, count(*) AS n FROM train WHERE isfinite(:column) GROUP BY 1
), ranked AS (                                  -- where it stands among all values
  SELECT x, n, CAST(sum(n) OVER (ORDER BY x) AS BIGINT) AS upto, CAST(sum(n) OVER () AS BIGINT) AS present FROM groups
), places AS (                                  -- whether it ends a tenth, a 250th, or a part of the outermost ones
  SELECT x, n, upto, present,
    (10 * upto) // present > (10 * (upto - n)) // present AS ends_bin,
    (250 * upto) // present > (250 * (upto - n)) // present
      OR (2000 * upto >= present AND 2000 * (upto - n) < present)
      OR (1000 * upto >= present AND 1000 * (upto - n) < present)
      OR (500 * upto >= present AND 500 * (upto - n) < present)
      OR (2000 * upto >= 1999 * present AND 2000 * (upto - n) < 1999 * present)
      OR (1000 * upto >= 999 * present AND 1000 * (upto - n) < 999 * present)
      OR (500 * upto >= 499 * present AND 500 * (upto - n) < 499 * present) AS ends_cell,
    100 * n >= present AS is_spike
  FROM ranked
), edges AS (                                   -- with the number of values up to each; a frequent value is alone
  SELECT edge, max(upto) AS upto FROM (         -- between the next lower number and itself
    SELECT x AS edge, upto FROM places WHERE (ends_cell AND upto < present) OR is_spike
    UNION ALL SELECT nextafter(x, CAST('-infinity' AS DOUBLE)), upto - n FROM places WHERE is_spike
  ) AS ends GROUP BY edge
), cells AS (                                   -- the last one is open
  SELECT edge, upto - coalesce(lag(upto) OVER (ORDER BY edge), 0) AS count FROM edges
), bins AS (
  SELECT x AS edge, upto - coalesce(lag(upto) OVER (ORDER BY x), 0) AS count
  FROM places WHERE ends_bin AND upto < present
), total AS (
  SELECT count(*) AS total_rows FROM train
), facts AS (
  SELECT min(x) AS low, max(x) AS high, sum(n) AS present, sum(x * n) / sum(n) AS mean FROM groups
), spread AS (
  SELECT sqrt(sum(n * (x - mean) * (x - mean)) / max(present)) AS deviation FROM groups CROSS JOIN facts
), tails AS (
  SELECT
    coalesce((SELECT sum(x * n) / sum(n) FROM groups WHERE x <= (SELECT min(edge) FROM edges)), (SELECT low FROM facts)) AS low_mean,
    coalesce((SELECT sum(x * n) / sum(n) FROM groups WHERE x > (SELECT max(edge) FROM edges)), (SELECT high FROM facts)) AS high_mean,
    (SELECT present FROM facts) - coalesce((SELECT max(upto) FROM edges), 0) AS beyond_cells,
    (SELECT present FROM facts) - coalesce((SELECT sum(count) FROM bins), 0) AS beyond_bins
), all_cells AS (
  SELECT edge, count FROM cells UNION ALL SELECT CAST('infinity' AS DOUBLE), CAST(beyond_cells AS BIGINT) FROM tails
), all_bins AS (
  SELECT edge, count / (SELECT max(total_rows) FROM total) AS share FROM bins
  UNION ALL SELECT CAST('infinity' AS DOUBLE), beyond_bins / (SELECT max(total_rows) FROM total) FROM tails
)
SELECT json_object(
  'role', ':role', 'name', ':column', 'kind', 'numeric',
  'missing', 1 - present / total_rows,
  'min', low, 'max', high, 'mean', mean, 'standardDeviation', deviation,
  'edges', (SELECT coalesce(list(edge ORDER BY edge), []) FROM bins),
  'shares', (SELECT list(share ORDER BY edge) FROM all_bins),
  'grid', json_object(
    'edges', (SELECT coalesce(list(edge ORDER BY edge), []) FROM edges),
    'counts', (SELECT list(count ORDER BY edge) FROM all_cells),
    'lowMean', low_mean,
    'highMean', high_mean))
FROM facts CROSS JOIN spread CROSS JOIN total CROSS JOIN tails;
