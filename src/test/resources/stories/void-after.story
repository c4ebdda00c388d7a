# A call whose answer was lost is undone by its key, once; a late duplicate is told so.
on 2026-01-10
earn 100
redeem 30 as r       -> available 70
void key of r as v   -> available 100, moved 30, did reverse 30
again v              -> replayed
again r              -> voided
void key of r        -> voided, available 100
void key of v        -> voided
reverse r            -> voided

earn 50 as e         -> available 150
redeem 130
void key of e        -> available 0, debt 30, did reverse -20
again e              -> voided
earn 130             -> available 100

redeem 40 as q
reverse q 10 as p    -> available 70
void key of q        -> available 100, did reverse 30     # what is left of it
void key of p        -> already_reversed

redeem 20 as s
reverse s            -> available 100
void key of s        -> available 100, did nothing
reverse s            -> voided

redeem 1000 as big   -> insufficient_points
void key of big      -> did nothing
again big            -> voided
