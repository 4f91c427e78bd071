-- title: What identifies the visitor
-- takes: shop varchar, id varchar
-- gives: kind varchar, value varchar, first_at timestamp
-- define: E-mails, phones, customer ids and others that events stated of this person, with the moment of the first. The strongest first: e-mail, phone, customer id, others.
select kind, value, min(first_at) as first_at
from visitor_ids
where shop_id = $shop
  and visitor_id = $id
group by kind, value
order by case kind when 'email' then 1 when 'phone' then 2 when 'user_id' then 3 else 4 end, kind, value
