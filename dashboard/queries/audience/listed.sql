-- title: In a saved list
-- takes: shop varchar, as_of timestamp, nodes varchar[]
-- gives: visitor_id varchar
-- define: Visitors whom the ids of a list name: a device, a customer id, an e-mail address or a phone number that is theirs at the moment.
-- rows: 100000000
with given as (
    select unnest($nodes::varchar[]) as node
)
select coalesce(n.visitor_id, g.node) as visitor_id
from given g
left join visitor_nodes n
  on n.shop_id = $shop
 and n.node = g.node
 and n.since <= $as_of
 and n.until > $as_of
union
select i.visitor_id
from visitor_ids i
where i.shop_id = $shop
  and i.first_at < $as_of
  and case i.kind
        when 'user_id' then 'u:' || i.value
        when 'email' then 'e:' || i.value
        when 'phone' then 'p:' || i.value
        else null
      end in (select node from given)
