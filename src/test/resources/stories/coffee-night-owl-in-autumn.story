# The Saturday night in which clocks go back: half past one comes twice, and both times are night. Twice a day is by
# the date of the day, and after three it is over.
program  like coffee, only night-owl

on 2027-11-07T01:30
buy 5.00                    -> gives 15
after 3600s                 # half past one again
buy 5.00                    -> gives 15
on 2027-11-07T02:59
buy 5.00                    -> gives 10, why base 10 and night-owl 0 limit
member nora
on 2027-11-07T02:59:59
buy 5.00                    -> gives 15
on 2027-11-07T03:00
buy 5.00                    -> gives 10
