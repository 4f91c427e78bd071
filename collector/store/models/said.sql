-- What the events of a batch say of who somebody is. Bots are nobody, and what stands in no
-- session identifies nobody.
create or replace temp table said as
select a.shop_id, a.node, s.session_key, a.ts, a.email, a.phone, a.user_id, a.ids, a.alias
from arrived a
join assigned s on s.n = a.rowid
where not a.bot
  and (a.email is not null or a.phone is not null or a.user_id is not null or a.ids is not null or a.alias is not null);
