# Earned points are rounded down, prices up.
on 2026-01-10
earn 1234.99 EUR     -> available 1234
redeem 5.00 EUR      -> available 734, moved -500
hold 1.25 EUR as h   -> available 609, held 125
capture h 100        -> available 634
earn 1000000000000   -> available 1000000000634
earn 1000000000001   -> invalid_amount
