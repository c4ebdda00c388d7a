# On a double-star day all counts twice. Half again on iced drinks would be less, so it stands back.
program  like coffee, only double-star-day happy-hour

on 2027-01-12T15:00
buy 6.00 iced and 4.00 bakery       -> gives 40, why base 20 and double-star-day 20 and happy-hour 0 stacking:double-star-day
on 2027-01-19T15:00
buy 6.00 iced and 4.00 bakery       -> gives 26, why base 20 and happy-hour 6
