-- Products that orders bring together with some, and by how many orders: an order counts for each of those.
-- takes: shop varchar, kind varchar (together, next), items varchar[], since timestamp, least bigint, most bigint
select other_id, count(*) as orders
from feed_pairs
where list_contains(
        list_transform(
            $items::varchar[],
            lambda item: md5_number_lower($shop || chr(31) || $kind || chr(31) || item)::ubigint
        ),
        pair_hash
    )
  and list_contains($items::varchar[], item_id)
  and shop_id = $shop
  and kind = $kind
  and placed_at >= $since
group by other_id
having count(*) >= $least
order by orders desc, other_id
limit $most;
