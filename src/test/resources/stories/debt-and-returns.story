# Points that come back were the member's before: they pay no debt.
on 2026-01-10
earn 100 as e
redeem 100 as r
reverse e            -> available 0, debt 100
reverse r 30         -> available 30, debt 100
hold 10 as h
void h               -> available 30, debt 100
earn 40              -> available 30, debt 60
