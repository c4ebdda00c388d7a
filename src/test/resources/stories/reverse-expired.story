# Points of an earn that expired unspent are not taken a second time.
program  expiry 1 month to the day

on 2026-01-10
earn 100 as a
on 2026-02-11
earn 50 as b         -> available 50, did expire -100 and earn 50
reverse a            -> available 50, debt 0, moved 0, did reverse 0, lifetime 50
reverse a            -> already_reversed
reverse b            -> available 0, debt 0, lifetime 0

earn 60 as c         # two earns of a day share what expired of it
earn 40 as d
redeem 60            -> available 40
on 2026-03-12        -> available 0
earn 10 as e
reverse c 30         -> available 10, debt 0    # it expires and is taken back in one step or in two: the same
reverse c            -> available 0, debt 10, did reverse -10
reverse d            -> available 0, debt 50
earn 50              -> available 0, debt 0

earn 100 as f        # what is on hold does not expire; once it is back it has
hold 30 for 1800s as h
redeem 50
on 2026-04-13        -> available 0, held 0
earn 100 as g
reverse f            -> available 50, debt 0, moved -50
reverse g            -> available 0, debt 50
