-- What is left of an operation, as the Lua library keeps it in t:<id>: of a hold that is not open, how it ended; of
-- anything else how many of its points were undone, whether it was voided by key, and whether anything has undone it,
-- be it of nothing. Null if the account has no such operation.
CREATE OR REPLACE FUNCTION state_of(p_lane smallint, p_program text, p_account text, p_id uuid) RETURNS text
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
        || (count(*) > 0)::int
      FROM operation u WHERE u.lane = o.lane AND u.target = o.id)
    END
  INTO found
  FROM operation o WHERE o.id = p_id AND o.lane = p_lane AND o.program = p_program AND o.account = p_account;
  RETURN found;
END $$;
