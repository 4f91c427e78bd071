-- title: Names of the cells
-- takes: -
-- gives: place integer, name varchar, r_from integer, r_to integer, f_from integer, f_to integer, m_from integer, m_to integer
-- define: Which steps of recency, frequency and money have which name; of several rows that hold a cell the first one names it, and a cell in none is called other. Edit this table to name cells otherwise; words for a new name stand in texts/en/rfm.toml.
select
    place,
    name,
    r_from,
    r_to,
    f_from,
    f_to,
    m_from,
    m_to
from (
    values
    --   name                R from, to   F from, to   M from, to
    (1, 'champions',         4, 5,        4, 5,        1, 5),
    (2, 'loyal',             3, 5,        3, 5,        1, 5),
    (3, 'potential_loyal',   4, 5,        2, 2,        1, 5),
    (4, 'new',               5, 5,        1, 1,        1, 5),
    (5, 'promising',         4, 4,        1, 1,        1, 5),
    (6, 'need_attention',    3, 3,        2, 2,        1, 5),
    (7, 'about_to_sleep',    3, 3,        1, 1,        1, 5),
    (8, 'cannot_lose',       1, 1,        4, 5,        1, 5),
    (9, 'at_risk',           1, 2,        3, 5,        1, 5),
    (10, 'hibernating',      2, 2,        1, 2,        1, 5),
    (11, 'lost',             1, 1,        1, 2,        1, 5)
) as names(place, name, r_from, r_to, f_from, f_to, m_from, m_to)
order by place
