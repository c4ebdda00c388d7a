# What is spent in a calendar year makes the level, which lasts to the end of the next year. Then counts what was spent
# since: anna spent nothing, bert enough.
program  like beauty, only

on 2026-06-01T12:00
member anna
buy 400.00                  -> gives 400, tier vib
member bert
buy 400.00                  -> gives 400, tier vib

member anna
on 2026-12-31T23:59:59      -> tier vib, measure spend 400.00
on 2027-01-01               -> tier vib, measure spend 0.00, until 2027-12-31
member bert
on 2027-05-01T12:00
buy 350.00                  -> gives 437, tier vib, until 2028-12-31

member anna
on 2027-12-31T23:59:59      -> tier vib
on 2028-01-01               -> tier insider
member bert
balance                     -> tier vib
