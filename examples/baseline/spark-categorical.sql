-- One column of categories of the table `train` as a column of a baseline file. Replace :column and :role.
WITH groups AS (
  SELECT CAST(:column AS STRING) AS category, count(*) AS n FROM train WHERE :column IS NOT NULL GROUP BY 1
), total AS (
  SELECT count(*) AS total_rows FROM train
), ranked AS (
  SELECT category, n, n / total_rows AS share, row_number() OVER (ORDER BY n DESC, category) AS place,
    -- privacy.minRows, and 0.1 % of the rows.
    n >= greatest(10, 0.001 * total_rows) AND row_number() OVER (ORDER BY n DESC, category) <= 50 AS shown
  FROM groups CROSS JOIN total
), tail AS (
  SELECT count(*) <= 1000 AS complete, coalesce(sum(share), 0) AS share,
    -- Good and Turing: as many rows are expected to have a category that no row here has.
    coalesce(sum(CASE WHEN n = 1 THEN share ELSE 0 END), 0) AS singles
  FROM ranked WHERE NOT shown
), unseen AS (
  SELECT CASE WHEN complete THEN singles ELSE 0 END AS unseen_share, share AS tail_share, complete FROM tail
)
SELECT to_json(named_struct(
  'role', ':role', 'name', ':column', 'kind', 'categorical',
  'missing', (SELECT greatest(0, 1 - coalesce(sum(share), 0)) FROM ranked),
  'categories', (SELECT transform(array_sort(collect_list(struct(place, category))), c -> c.category) FROM ranked WHERE shown),
  'shares', (SELECT transform(array_sort(collect_list(struct(place, share))), c -> c.share)
    FROM ranked WHERE shown),
  'other', (SELECT greatest(0, tail_share - unseen_share) FROM unseen),
  'unseen', (SELECT unseen_share FROM unseen),
  'rare', (SELECT transform(array_sort(collect_list(struct(place, category))), c -> c.category) FROM ranked
    WHERE NOT shown AND place <= 1050),
  'complete', (SELECT complete FROM unseen)));
