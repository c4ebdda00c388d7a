# Five days in a row give 40. The till tells Wednesday's purchase on Friday: it closes the gap and brings the bonus.
# Who returns the purchase of one of the five days loses the bonus.
program  like coffee, only five-day-streak

on 2026-12-14T12:00
buy 1.00                                   -> gives 2
on 2026-12-15T23:59:59
buy 1.00 as tuesday                        -> gives 2
on 2026-12-17T12:00
buy 1.00                                   -> gives 2
on 2026-12-18T12:00
buy 1.00                                   -> gives 2
on 2026-12-18T13:00
buy 1.00 happened 2026-12-16T12:00         -> gives 42
on 2026-12-19T12:00
buy 1.00                                   -> gives 2, available 52, progress five-day-streak 1
on 2026-12-19T14:00
reverse tuesday                            -> takes 42, available 10
