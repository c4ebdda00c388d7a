# An earn is taken back from its own lot, then soonest first; what is missing is owed, and paid by later earns.
program  expiry 1 month to the day

on 2026-01-10
earn 100 as a
on 2026-01-20
earn 50 as b
on 2026-01-25
earn 40
reverse b 20         -> available 170, moved -20, did reverse -20, lots 100 to 2026-02-10 and 30 to 2026-02-20 and 40 to 2026-02-25, lifetime 170
redeem 110           -> available 60, lots 20 to 2026-02-20 and 40 to 2026-02-25
reverse b 25         -> available 35, lots 35 to 2026-02-25, lifetime 145
reverse a 15         -> available 20, lots 20 to 2026-02-25, debt 0, lifetime 130
reverse a 86         -> reverse_exceeds_original
reverse a as v       -> available 0, debt 65, moved -20, did reverse -20, lifetime 45
reverse a            -> already_reversed
redeem 1             -> insufficient_points

earn 30              -> available 0, debt 35, moved 0, did earn 30 and payoff -30, lots none, lifetime 75
earn 70              -> available 35, debt 0, moved 35, did earn 70 and payoff -35
again v              -> replayed, debt 0
