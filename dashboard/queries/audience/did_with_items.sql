-- title: Did something with products so many times
-- takes: shop varchar, since timestamp, until timestamp, event varchar, name varchar, search_term varchar, recommended_by varchar, recommended_code varchar, product varchar, category varchar, brand varchar, least bigint, most bigint
-- gives: visitor_id varchar
-- define: Visitors with so many events of that name in the days that pass the filters, without bots: product (or group), category and brand hold of one item of the event; where only a category is asked, it may be the page's. A category holds those below it. Several reports of one order are one purchase.
-- rows: 100000000
with fitting as (
    select event_id
    from items
    where shop_id = $shop
      and ts >= $since
      and ts < $until
      and event = $event
      and ($product::varchar is null or item_id = $product or coalesce(item_group_id = $product, false))
      and ($brand::varchar is null or item_brand = $brand)
      and (
        $category::varchar is null
        or item_category = $category
        or left(item_category, length($category::varchar) + 3) = concat($category::varchar, ' / ')
      )
),
done as (
    select
        visitor_id,
        case
            when event = 'purchase' then coalesce(order_key, transaction_id, event_id::varchar)
            else event_id::varchar
        end as deed
    from events
    where shop_id = $shop
      and ts >= $since
      and ts < $until
      and event = $event
      and not bot
      and visitor_id is not null
      and ($name::varchar is null or custom_name = $name)
      and ($search_term::varchar is null or lower(trim(search_term)) = lower(trim($search_term::varchar)))
      and ($recommended_by::varchar is null or recommended_by = $recommended_by)
      and ($recommended_code::varchar is null or recommended_code = $recommended_code)
      and (
        event_id in (select event_id from fitting)
        or (
            $product::varchar is null
            and $brand::varchar is null
            and (
                coalesce(category_id = $category, false)
                or coalesce(category_path = $category, false)
                or coalesce(left(category_path, length($category::varchar) + 3) = concat($category::varchar, ' / '), false)
            )
        )
      )
)
select visitor_id
from done
group by visitor_id
having count(distinct deed) >= $least
   and ($most::bigint is null or count(distinct deed) <= $most)
