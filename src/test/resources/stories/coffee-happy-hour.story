# Half again on iced drinks, on Tuesday from 14:00 until just before 17:00, by the clock on the wall in Los Angeles.
program  like coffee, only happy-hour

on 2027-01-19T13:59:59
buy 5.00 iced               -> gives 10
on 2027-01-19T14:00
buy 5.00 iced               -> gives 15
on 2027-01-19T16:59:59
buy 5.00 iced               -> gives 15
on 2027-01-19T17:00
buy 5.00 iced               -> gives 10
