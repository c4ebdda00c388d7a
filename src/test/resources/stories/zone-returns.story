# Every kind of operation ends the day where the program is, and grace counts from there.
program  expiry 0 months, grace 2 days, zone Pacific/Auckland

on 2026-05-31T10:00       # 30 May in UTC
earn 100 as a             -> lots 100 to 2026-05-31
redeem 40 as r
on 2026-05-31T23:45
hold 10 for 1800s as h
hold 20 for 900s as i
on 2026-05-31T23:59:30    -> available 30, held 30
capture h 4               -> available 36, held 20, lots 30 to 2026-05-31 and 6 to 2026-06-02
on 2026-06-01T00:00:10    -> available 26, held 0, lots 6 to 2026-06-02 and 20 to 2026-06-03
freeze                    -> available 26
redeem 1                  -> account_frozen, available 26
unfreeze
reverse r 30              -> available 56, moved 30, did reverse 30, lots 6 to 2026-06-02 and 50 to 2026-06-03
on 2026-06-03T23:59:30
enrol                     -> available 50
reverse r                 -> did expire -6 and reverse 10, lots 50 to 2026-06-03 and 10 to 2026-06-05
on 2026-06-04             -> available 10
void key of a             -> available 0, debt 4      # what the capture has spent
