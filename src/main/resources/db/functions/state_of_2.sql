-- The state of an operation, as the Lua library keeps it in t:<id>: for a hold that is not open, how it ended; for any
-- other operation how many of its points were undone, whether it was voided by key, and how many operations have undone
-- it, also 0 points of it. Null if the account has no such operation.
CREATE OR REPLACE FUNCTION state_of_2(p_lane smallint, p_program text, p_account text, p_id uuid) RETURNS text
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
AS $$
DECLARE
  found text;
BEGIN
  SELECT CASE WHEN o.type = 'hold' AND o.outcome = 'ok' THEN coalesce((
      SELECT CASE WHEN u.voids IS NOT NULL THEN 'undone' WHEN u.type = 'capture' THEN 'captured' ELSE 'voided' END
      FROM operation u WHERE u.lane = o.lane AND u.target = o.id
      ORDER BY u.voids IS NULL LIMIT 1), 'expired')
    ELSE (
      SELECT coalesce(sum(u.reversed), 0) || ' ' || coalesce(max((u.voids IS NOT NULL)::int), 0) || ' '
        || count(*)
      FROM operation u WHERE u.lane = o.lane AND u.target = o.id)
    END
  INTO found
  FROM operation o WHERE o.id = p_id AND o.lane = p_lane AND o.program = p_program AND o.account = p_account;
  RETURN found;
END $$;
