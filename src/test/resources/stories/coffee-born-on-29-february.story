# Her birthday is 28 February, and 29 February in leap years. The drink is for the day itself, once a birthday.
program  like coffee, only

on 2026-12-02T10:00
set birthDate 1996-02-29
buy 1.00                          -> gives 2
on 2027-02-27T12:00
redeem reward birthday-drink      -> reward_unavailable
on 2027-02-28T12:00
redeem reward birthday-drink      -> moved 0
redeem reward birthday-drink      -> limit_exceeded
on 2027-03-01T12:00
redeem reward birthday-drink      -> reward_unavailable
on 2028-02-28T12:00
redeem reward birthday-drink      -> reward_unavailable
on 2028-02-29T12:00
redeem reward birthday-drink      -> moved 0
