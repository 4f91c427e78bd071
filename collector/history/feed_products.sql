-- What events last said of some products.
-- takes: shop varchar, items varchar[]
select
    item_id as id,
    name.told as name,
    page.told as page,
    picture.told as picture,
    price.told as price,
    nullif(price.currency, '') as currency
from feed_products
where shop_id = $shop
  and list_contains($items::varchar[], item_id);
