-- A row a session and set of identifiers that its events stated together; the strongest first.
-- What programs send where they know nobody is no identifier: it would make one person of all guests.
-- takes: nobody varchar[]
create or replace temp table batch_links as
with marked as (
    select
        shop_id,
        node,
        session_key,
        ts,
        list_filter([
            'email:' || email,
            'phone:' || phone,
            'user_id:' || user_id,
            'contactId:' || nullif(json_extract_string(ids, '$.contactId'), ''),
            'loyalty_id:' || nullif(json_extract_string(ids, '$.loyalty_id'), ''),
            'telegram_id:' || nullif(json_extract_string(ids, '$.telegram_id'), ''),
            'user_es_contact_id:' || nullif(json_extract_string(ids, '$.user_es_contact_id'), '')
        ], lambda mark: mark is not null) as marks,
        list_sort(list_distinct(list_transform(
            list_filter(
                coalesce(from_json(alias, '[{"type":"VARCHAR","value":"VARCHAR"}]'), []),
                lambda other: other.type is not null and other.value is not null
            ),
            lambda other: other.type || ':' || other.value
        ))) as stated
    from said
),
known as (
    select * replace (
        list_filter(
            marks,
            lambda mark: not list_contains($nobody::varchar[], lower(trim(substr(mark, strpos(mark, ':') + 1))))
                and not regexp_matches(mark, '^[^:]*:[-+0(). ]*$')
        ) as marks,
        list_filter(
            stated,
            lambda mark: not list_contains($nobody::varchar[], lower(trim(substr(mark, strpos(mark, ':') + 1))))
                and not regexp_matches(mark, '^[^:]*:[-+0(). ]*$')
        ) as stated
    )
    from marked
),
stating as (
    select * replace (case when len(marks) = 0 then stated else marks end as marks)
    from known
)
select
    shop_id,
    node,
    session_key,
    marks,
    stated,
    min(ts) as first_at,
    max(ts) as last_at,
    md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash,
    md5_number_lower(shop_id || chr(31) || to_json([marks, stated])::varchar)::ubigint as set_hash
from stating
where len(marks) > 0
group by shop_id, node, session_key, marks, stated;
