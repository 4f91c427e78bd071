-- Whether a device was ever seen, and whether its visitor bought anything that was not cancelled.
-- takes: shop varchar, did varchar
with own as (
    select coalesce(max(visitor_id), $did) as visitor_id
    from visitor_nodes
    where node_hash = md5_number_lower($shop || chr(31) || $did)::ubigint
      and node = $did
      and shop_id = $shop
      and until = timestamp '9999-01-01'
)
select
    (
        select count(*)
        from sessions
        where node_hash = md5_number_lower($shop || chr(31) || $did)::ubigint
          and node = $did
          and shop_id = $shop
    ) as sessions,
    (
        select count(*)
        from orders
        where shop_id = $shop
          and visitor_id in (select visitor_id from own)
          and not cancelled
    ) as orders;
