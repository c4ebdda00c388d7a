-- An operation's entries in the compact form that the proposing function writes.
CREATE OR REPLACE FUNCTION entries_of(p_lane smallint, p_operation uuid) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT '[' || coalesce(string_agg(format('["%s",%s,%s,%s,%s,%s,%s,%s,%s,%s]', e.type, e.available, e.held,
    e.pending, e.debt, e.available_after, e.held_after, e.pending_after, e.debt_after, e.lots), ',' ORDER BY e.n), '')
    || ']'
  FROM entry e
  WHERE e.operation = p_operation AND e.lane = p_lane);
