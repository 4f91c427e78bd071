-- title: Devices, and whose they were
-- takes: shop varchar, id varchar
-- gives: node varchar, device_type varchar, browser varchar, since timestamp, until timestamp, sessions bigint, owner varchar, own boolean
-- define: Browsers and apps (and u:, e:, p: for what a server said of a customer, an e-mail or a phone) that belong to the visitor now or once did, with their other owners. A device without another owner is the visitor's from its first session on. It changes its owner with the session in which somebody else is identified; what was before stays.
with own as (
    select node from visitor_nodes where shop_id = $shop and visitor_id = $id
    union
    select node from sessions where shop_id = $shop and visitor_id = $id
),
periods as (
    select o.node, coalesce(v.since, timestamp '0001-01-01') as since, coalesce(v.until, timestamp '9999-01-01') as until, coalesce(v.visitor_id, $id) as owner
    from own o
    left join visitor_nodes v
      on v.shop_id = $shop
     and v.node = o.node
)
select
    p.node,
    arg_max(s.device_type, s.started_at) as device_type,
    arg_max(s.browser, s.started_at) as browser,
    min(s.started_at) as since,
    max(s.ended_at) as until,
    count(s.session_key) as sessions,
    p.owner,
    p.owner = $id as own
from periods p
left join sessions s
  on s.shop_id = $shop
 and s.node = p.node
 and s.started_at >= p.since
 and s.started_at < p.until
group by p.node, p.since, p.owner
order by p.node, p.since
