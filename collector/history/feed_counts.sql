-- In how many orders each of some products stands.
-- takes: shop varchar, items varchar[], since timestamp
select item_id, count(*) as orders
from feed_pairs
where list_contains(
        list_transform(
            $items::varchar[],
            lambda item: md5_number_lower($shop || chr(31) || 'in' || chr(31) || item)::ubigint
        ),
        pair_hash
    )
  and shop_id = $shop
  and kind = 'in'
  and placed_at >= $since
group by item_id
order by item_id;
