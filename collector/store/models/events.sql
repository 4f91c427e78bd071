-- What is new, with everything the loader adds.
insert into events by name
select
    a.* exclude (line, keyed, node, page_key, referrer_key, notes),
    s.session_key,
    case
        when c.n is not null then list_append(coalesce(a.notes, []), 'order_changed')
        else nullif(a.notes, [])
    end as notes,
    w.utm_source,
    w.utm_medium,
    w.utm_campaign,
    w.utm_content,
    w.utm_term,
    w.referrer_host,
    w.channel
from arrived a
left join assigned s on s.n = a.rowid
left join changed_orders c on c.n = a.rowid
left join arrivals w
  on w.page_key = coalesce(a.page_key, '') and w.referrer_key = coalesce(a.referrer_key, '')
where a.rowid not in (select n from repeated);
