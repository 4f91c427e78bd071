-- In how many orders each of some products stands.
-- takes: shop varchar, items varchar[], since timestamp
select item_id, count(*) as orders
from feed_pairs
where pair_hash in (
        select md5_number_lower($shop || chr(31) || 'in' || chr(31) || unnest($items::varchar[]))::ubigint
    )
  and shop_id = $shop
  and kind = 'in'
  and placed_at >= $since
group by item_id
order by item_id;
