# Points that return count to the day they had, or to that of the grace, whichever is later.
program  expiry 1 month to the day, grace 30 days

on 2026-01-10
earn 10
on 2026-01-20
earn 20
redeem 30 as r
on 2026-02-15
reverse r 25         -> available 25, moved 25, did reverse 25, lots 25 to 2026-03-17
on 2026-02-16
reverse r            -> lots 25 to 2026-03-17 and 5 to 2026-03-18
on 2026-03-17T23:59:30  -> available 30
on 2026-03-18        -> available 5
on 2026-03-19        -> available 0

earn 8               -> lots 8 to 2026-04-19
hold 8 as h
capture h as c
on 2026-04-20
void key of c        -> available 8, lots 8 to 2026-05-20    # voids grant it as well
