# Points that come back from a hold get the programme's grace, like those of a reversal.
program  expiry 1 month to the day, grace 10 days

on 2026-01-10
earn 100
on 2026-02-10T23:50
hold 40 for 1800s as h
hold 30 for 1800s as i
hold 30 for 1800s
on 2026-02-11
void h               -> available 40, moved 40, did release 40, lots 40 to 2026-02-21
capture i 10         -> available 60, moved 20, did capture -10 and release 20, lots 60 to 2026-02-21
on 2026-02-12        -> available 90, held 0, lots 90 to 2026-02-21    # by itself, on the 11th
on 2026-02-21
sweep                -> lots 90 to 2026-02-21
on 2026-02-22        -> available 0

earn 5               # the later of two days: the one that they had
hold 5 as j
void j               -> lots 5 to 2026-03-22
