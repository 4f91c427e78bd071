-- title: Presets of attribution
-- takes: own_presets varchar[][]
-- gives: place integer, preset varchar, unit varchar, family varchar, kinds varchar, span varchar, reach interval, winner varchar, match varchar, value varchar, reset varchar
-- define: Each preset as its seven parameters: unit, kinds, window (span and reach), winner, match, value and reset. The reach of a span that is not a length of time only says how far back touches are read. A shop's own presets follow the shipped ones; each is a list of the same eleven values, the reach in hours.
select place, preset, unit, family, kinds, span, reach, winner, match, value, reset
from (
    values
        (1, 'rees46', 'line', 'storefront', 'click_add', 'session', interval 24 hour, 'last', 'item', 'booked', 'none'),
        (2, 'rees46_messages', 'order', 'message', 'message_click', 'time', interval 48 hour, 'last', 'any', 'booked', 'none'),
        (3, 'retail_rocket_item', 'line', 'storefront', 'click_add', 'time', interval 24 hour, 'last', 'group', 'booked', 'none'),
        (4, 'retail_rocket_check', 'order', 'storefront', 'click_add', 'time', interval 24 hour, 'last', 'any', 'booked', 'source'),
        (5, 'nosto', 'line', 'storefront', 'click_before_add', 'run', interval 24 hour, 'first_to_cart', 'item', 'booked', 'none'),
        (6, 'dynamic_yield', 'line', 'storefront', 'click', 'time', interval 720 hour, 'last', 'item', 'booked', 'none'),
        (7, 'einstein', 'line', 'storefront', 'click', 'time', interval 168 hour, 'first', 'item', 'booked', 'none'),
        (8, 'mapp', 'order', 'storefront', 'click', 'time', interval 24 hour, 'last', 'any', 'gross', 'none'),
        (9, 'algonomy', 'line', 'storefront', 'click', 'day', interval 25 hour, 'last', 'item', 'booked', 'none'),
        (10, 'strict', 'line', 'storefront', 'click_add', 'session', interval 24 hour, 'last', 'item', 'net', 'none')
) presets(place, preset, unit, family, kinds, span, reach, winner, match, value, reset)
-- other presets:
union all
select
    cast(one[1] as integer),
    one[2],
    one[3],
    one[4],
    one[5],
    one[6],
    cast(one[7] as integer) * interval 1 hour,
    one[8],
    one[9],
    one[10],
    one[11]
from (select unnest($own_presets::varchar[][]) as one) own
-- end
