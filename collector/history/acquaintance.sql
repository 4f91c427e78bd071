-- Whether a device was ever seen, and whether its visitor bought anything that was not cancelled.
-- takes: shop varchar, did varchar, visitor varchar
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
          and visitor_id = $visitor
          and not cancelled
    ) as orders;
