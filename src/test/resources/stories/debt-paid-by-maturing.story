# Debt is paid when points become available, not when they are earned.
program  pending 14 days, expiry 1 month to the day

on 2026-01-01
earn 100 as a
on 2026-01-15
redeem 100           -> available 0
reverse a            -> debt 100
earn 60              -> pending 60, debt 100
on 2026-01-20
earn 70              -> pending 130, debt 100
on 2026-01-29        -> available 0, pending 70, debt 40
sweep                -> available 0, pending 70, debt 40
on 2026-02-03        -> available 30, pending 0, debt 0, lots 30 to 2026-02-20
earn 1               -> did mature 70 and payoff -40 and earn 1
