# Where several refusals apply: not found, frozen, voided, conflicts of state, limits, insufficient points.
on 2026-01-10
redeem 5             -> account_not_found
earn 100 as e
redeem 20 as r
hold 10 as h
capture h 4 as c
hold 10 for 60s as x
after 61s

capture h 1000       -> hold_captured
capture x 1000       -> hold_expired
reverse r 21         -> reverse_exceeds_original
reverse r            -> available 96
void key of r        -> available 96
reverse r 1000       -> voided

freeze
capture nothing      -> hold_not_found
reverse nothing      -> operation_not_found
capture h            -> account_frozen
capture x            -> account_frozen
reverse r            -> account_frozen
void key of r        -> account_frozen
redeem 1000          -> account_frozen
again r              -> voided
again c              -> replayed
unfreeze
redeem 1000          -> insufficient_points
