-- One numeric column of the table `train` as a column of a baseline file. Replace :column and :role.
WITH groups AS (                                -- one row for each different value
  SELECT :column AS x, count(*) AS n FROM train WHERE :column IS NOT NULL AND NOT isnan(:column) AND abs(:column) < double('infinity') GROUP BY :column
), ranked AS (                                  -- where it stands among all values
  SELECT x, n, sum(n) OVER (ORDER BY x) AS upto, sum(n) OVER () AS present FROM groups
), placed AS (                                  -- its cluster, by the arcsine scale of the t-digest;
  SELECT x, n, present, (upto - n / 2) / present AS q,
    floor(340 * (asin(2 * (upto - n / 2) / present - 1) / pi() + 0.5)) AS cluster
  FROM ranked
), digest AS (                                  -- finer than 256, for one that is too full is read as a single value
  SELECT sum(x * n) / sum(n) AS mean, CAST(sum(n) AS BIGINT) AS count
  FROM placed
  GROUP BY cluster, CASE WHEN n / present > pi() * sqrt(q * (1 - q)) / 1280 THEN x END
), edges AS (                                   -- the value that ends each tenth, once, and not the largest
  SELECT edge FROM (
    SELECT DISTINCT min(x) AS edge FROM ranked CROSS JOIN (SELECT explode(sequence(1, 9)) AS tenth) AS tenths
    WHERE upto >= present * tenth / 10 GROUP BY tenth
  ) AS ends WHERE edge < (SELECT max(x) FROM groups)
), total AS (
  SELECT count(*) AS total_rows FROM train
), bins AS (
  SELECT bin, sum(n) / max(total_rows) AS share FROM (
    SELECT x, n, count(edge) AS bin FROM groups LEFT JOIN edges ON edge < x GROUP BY x, n
  ) AS placed_values CROSS JOIN total GROUP BY bin
), facts AS (
  SELECT min(x) AS low, max(x) AS high, sum(n) AS present, sum(x * n) / sum(n) AS mean FROM groups
), spread AS (
  SELECT sqrt(sum(n * (x - mean) * (x - mean)) / max(present)) AS deviation FROM groups CROSS JOIN facts
)
SELECT to_json(named_struct(
  'role', ':role', 'name', ':column', 'kind', 'numeric',
  'missing', 1 - present / total_rows,
  'min', low, 'max', high, 'mean', mean, 'standardDeviation', deviation,
  'edges', (SELECT array_sort(collect_list(edge)) FROM edges),
  'shares', (SELECT transform(array_sort(collect_list(struct(bin, share))), b -> b.share) FROM bins),
  'digest', named_struct(
    'clusters', 256,
    'means', (SELECT array_sort(collect_list(mean)) FROM digest),
    'counts', (SELECT transform(array_sort(collect_list(struct(mean, count))), c -> c.count) FROM digest))))
FROM facts CROSS JOIN spread CROSS JOIN total;
