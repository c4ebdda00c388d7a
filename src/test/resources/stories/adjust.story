# Points that are given or taken by hand.
program  expiry 1 month to the day, pending 3 days, clawback debt

on 2026-01-10
adjust 5                     -> account_not_found
earn 100 as e                -> pending 100
adjust 40 as a               -> available 40, pending 100, lifetime 100, lots 40 to 2026-02-10
adjust -50                   -> insufficient_points                # what is pending is not taken
adjust -10 as b              -> available 30
on 2026-01-12
adjust -50 debt as c         -> available 0, debt 20, moved -30, did adjust -30
on 2026-01-13                -> available 80, debt 0
reverse c 20                 -> available 100, lots 80 to 2026-02-10 and 20 to 2026-02-12
void key of c                -> available 130, lots 110 to 2026-02-10 and 20 to 2026-02-12
reverse b                    -> available 140
reverse a 15                 -> available 125, moved -15, lifetime 100
redeem 120
void key of a                -> available 0, debt 20
again a                      -> voided
void key of d
adjust 7 as d                -> voided, debt 20
on 2026-01-14
adjust 30                    -> available 10, debt 0, did adjust 30 and payoff -20, lots 10 to 2026-02-14
freeze as f
adjust 1                     -> account_frozen
void key of f                -> account_frozen
unfreeze as u
void key of f                -> already_reversed
void key of u                -> already_reversed
again u                      -> replayed
