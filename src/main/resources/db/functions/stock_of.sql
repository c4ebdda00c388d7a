-- What an operation took of shared totals beside its own points, out of what it tells: the stock of a reward.
CREATE OR REPLACE FUNCTION stock_of(p_told text) RETURNS TABLE (budget text, units bigint)
LANGUAGE sql IMMUTABLE
AS $$
  SELECT substr(split_part(t.uses ->> i, ' ', 1), 2), (t.uses ->> i + 2)::bigint
  FROM (SELECT p_told::jsonb -> 'uses' AS uses WHERE p_told LIKE '%"$%') AS t,
    generate_series(0, jsonb_array_length(t.uses) - 3, 3) AS i
  WHERE t.uses ->> i LIKE '$%'
$$;
