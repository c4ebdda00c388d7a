# 6 of 20 dollars come back. The rest would have been below the holiday bonus' 15 dollars, so that goes; the welcome stays.
# Who returns everything can have both bonuses once more.
program  like coffee, only holiday-bonus first-purchase

on 2026-12-11T12:00
buy 20.00 as A              -> gives 120
on 2026-12-12T12:00
reverse A 6.00 USD          -> takes 42, why base -12 and holiday-bonus -30, available 78, measure stars 28
on 2026-12-13T12:00
reverse A                   -> takes 78, available 0, measure stars 0
on 2026-12-14T12:00
buy 15.00                   -> gives 110
