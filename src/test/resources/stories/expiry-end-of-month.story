# By default lots live to the end of the month, twelve months on.
on 2026-02-10
earn 10              -> lots 10 to 2027-02-28
on 2026-02-28
earn 10              -> lots 20 to 2027-02-28
on 2027-02-01
earn 5               -> lots 20 to 2027-02-28 and 5 to 2028-02-29
on 2027-03-01        -> available 5
on 2028-02-29        -> available 5
on 2028-03-01        -> available 0
