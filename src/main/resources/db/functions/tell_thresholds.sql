-- Writes down, once each, that 80, 95 or 100 % of a budget are used. Whoever calls it holds the locks of all parts of
-- the budget, of which p_left is left.
CREATE OR REPLACE FUNCTION tell_thresholds(p_budget int, p_left bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  all_of bigint;
  before smallint;
  reached smallint;
BEGIN
  SELECT b.total, b.told INTO all_of, before FROM budget b WHERE b.id = p_budget;
  reached := CASE WHEN p_left <= 0 THEN 100 WHEN p_left * 20 <= all_of THEN 95
    WHEN p_left * 5 <= all_of THEN 80 ELSE 0 END;
  IF reached > before THEN
    UPDATE budget SET told = reached WHERE id = p_budget;
    INSERT INTO budget_event (budget, percent, total)
    SELECT p_budget, percent, all_of
    FROM unnest('{80,95,100}'::smallint[]) AS percent
    WHERE percent > before AND percent <= reached
    ORDER BY percent;
  END IF;
END $$;
