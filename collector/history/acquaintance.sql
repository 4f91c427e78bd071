-- Whether a device was ever seen, and whether it bought anything that was not cancelled.
-- takes: shop varchar, did varchar
select
    (select count(*) from sessions where shop_id = $shop and visitor_id = $did) as sessions,
    (select count(*) from orders where shop_id = $shop and visitor_id = $did and not cancelled) as orders;
