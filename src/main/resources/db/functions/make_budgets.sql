-- Makes the budgets of a document, and gives those that are there its totals: budgets of points or uses by their id,
-- stock by the id of its reward. Answers the first of which more was used than that, and how much; then it has changed
-- nothing.
CREATE OR REPLACE FUNCTION make_budgets(p_program text, p_document json, OUT name text, OUT used bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  there record;
  wanted jsonb := (
    SELECT coalesce(jsonb_object_agg(w.kind || ':' || w.id, w.total), '{}')
    FROM (
      SELECT b ->> 'of' AS kind, b ->> 'id' AS id, (b ->> 'total')::bigint AS total
      FROM json_array_elements(p_document -> 'budgets') AS b
      UNION ALL
      SELECT 'stock', r ->> 'id', (r -> 'stock' ->> 'total')::bigint
      FROM json_array_elements(p_document -> 'rewards') AS r
      WHERE r -> 'stock' IS NOT NULL) AS w);
BEGIN
  -- all locks first, in the order in which seals take them
  PERFORM a.units
  FROM budget b JOIN allotment a ON a.budget = b.id
  WHERE b.program = p_program AND b.total <> (wanted ->> (b.kind || ':' || b.name))::bigint
  ORDER BY a.budget, a.slot
  FOR UPDATE OF a;

  FOR pass IN 1 .. 2 LOOP -- nothing is changed before all are looked at
    FOR there IN
      SELECT b.id, b.name, b.total, (wanted ->> (b.kind || ':' || b.name))::bigint AS new_total,
        (SELECT sum(a.units) FROM allotment a WHERE a.budget = b.id)::bigint AS unused
      FROM budget b
      WHERE b.program = p_program AND b.total <> (wanted ->> (b.kind || ':' || b.name))::bigint
      ORDER BY b.id
    LOOP
      IF there.total - there.unused > there.new_total THEN
        name := there.name;
        used := there.total - there.unused;
        RETURN;
      END IF;
      IF pass = 2 THEN
        there.unused := there.new_total - (there.total - there.unused);
        UPDATE allotment a SET units = CASE WHEN a.slot = 0 THEN there.unused ELSE 0 END WHERE a.budget = there.id;
        -- what is not reached any more will be told again
        UPDATE budget b SET total = there.new_total, told = CASE
          WHEN there.unused * 5 > there.new_total THEN 0 WHEN there.unused * 20 > there.new_total THEN least(b.told, 80)
          WHEN there.unused > 0 THEN least(b.told, 95) ELSE b.told END
        WHERE b.id = there.id;
        PERFORM tell_thresholds(there.id, there.unused);
      END IF;
    END LOOP;
  END LOOP;

  WITH made AS (
    INSERT INTO budget (program, name, kind, total)
    SELECT p_program, split_part(w.key, ':', 2), split_part(w.key, ':', 1), w.value::bigint
    FROM jsonb_each_text(wanted) AS w
    WHERE NOT EXISTS (
      SELECT FROM budget b WHERE b.program = p_program AND b.kind || ':' || b.name = w.key)
    ORDER BY w.key
    RETURNING id, total)
  INSERT INTO allotment (budget, slot, units)
  SELECT made.id, slot, CASE WHEN slot = 0 THEN made.total ELSE 0 END
  FROM made, generate_series(0, 16) AS slot;
END $$;
