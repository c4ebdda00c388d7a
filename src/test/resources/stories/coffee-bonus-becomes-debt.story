# A bonus that was spent and is taken back becomes a debt; the next purchase pays it, its bonus included.
program  like coffee, only holiday-bonus first-purchase

on 2026-12-11T12:00
buy 20.00 as A              -> gives 120
redeem reward brewed        -> takes 100
reverse A                   -> takes 120, available 0, debt 100
on 2026-12-12T12:00
buy 30.00                   -> gives 140, available 40, debt 0
