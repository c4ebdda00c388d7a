# Points that grace has moved to a later day are still those of their earn.
program  expiry 1 month to the day, grace 10 days

on 2026-01-10
earn 100 as a
redeem 60 as r
on 2026-02-11
reverse r            -> available 60, did expire -40 and reverse 60, lots 60 to 2026-02-21
redeem 20 as s
on 2026-02-15
reverse s            -> available 60, lots 40 to 2026-02-21 and 20 to 2026-02-25
earn 7 as b          -> available 67
reverse a 30         -> available 37, moved -30, did reverse -30, lots 10 to 2026-02-21 and 20 to 2026-02-25 and 7 to 2026-03-15
on 2026-02-26        -> available 7
reverse a            -> available 7, debt 0, moved 0, did expire -10 and expire -20 and reverse 0
reverse b            -> available 0, debt 0, lifetime 0
