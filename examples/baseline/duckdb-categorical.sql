-- One column of categories of the table `train` as a column of a baseline file. Replace :column and :role.
WITH groups AS (
  SELECT CAST(:column AS VARCHAR) AS category, count(*) AS n FROM train WHERE :column IS NOT NULL GROUP BY 1
), total AS (
  SELECT count(*) AS total_rows FROM train
), ranked AS (
  SELECT category, n / total_rows AS share, row_number() OVER (ORDER BY n DESC, category) AS place FROM groups CROSS JOIN total
)
SELECT json_object(
  'role', ':role', 'name', ':column', 'kind', 'categorical',
  'missing', (SELECT greatest(0, 1 - coalesce(sum(share), 0)) FROM ranked),
  'categories', (SELECT coalesce(list(category ORDER BY place), []) FROM ranked WHERE place <= 50),
  'shares', (SELECT coalesce(list(share ORDER BY place), []) FROM ranked WHERE place <= 50),
  'other', (SELECT coalesce(sum(share), 0) FROM ranked WHERE place > 50),
  'rare', (SELECT coalesce(list(category ORDER BY place), []) FROM ranked WHERE place BETWEEN 51 AND 1050),
  'complete', (SELECT count(*) <= 1050 FROM groups));
