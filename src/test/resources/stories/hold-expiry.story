# A hold that nobody ends returns its points by itself, with the expiry they had.
program  expiry 1 month to the day

on 2026-01-10
earn 100
hold 30 for 60s as h  -> available 70, held 30, moved -30, did hold -30, hold held
hold 10               -> available 60, held 40
after 45s             -> available 60, held 40
after 20s             -> available 90, held 10     # two minutes, where it is not said
capture h             -> hold_expired, held 10
capture h 5           -> hold_expired
void h                -> hold_expired
redeem 90             -> available 0, held 10, did release 30 and redeem -90
after 60s
sweep                 -> available 10, held 0
redeem 1              -> did redeem -1
