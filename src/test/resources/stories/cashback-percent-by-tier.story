# One percent, one and a half for Plus, rounded down once. Groceries have a rate of their own, so they are rounded for
# themselves; cash from the machine earns nothing.
program  like cashback

on 2026-11-10T10:00
member sam
buy 33.33                                -> gives 33
member pia
tier plus to 2027-12-31
buy 33.33                                -> gives 49
buy 10.10 grocery and 5.55 books         -> gives 33
buy 500.00 cash-advance                  -> gives 0
