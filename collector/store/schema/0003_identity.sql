-- Who is who: what identified a device or a server's caller, and the person it belongs to, with history.
-- A node is what an event itself names: its device, else `u:`user, `e:`email, `p:`phone.
-- Hashes are of shop and text; they are found several times faster than the texts.

-- One row a session and set of identifiers that its events stated together.
create table identity_links (
    shop_id     varchar   not null,
    node        varchar   not null,
    session_key varchar   not null,
    marks       varchar[] not null,     -- `email:…`, `phone:…`, `user_id:…`, others; the strongest first
    stated      varchar[] not null,     -- further identifiers that the sender says are the same person's
    first_at    timestamp not null,
    last_at     timestamp not null,
    node_hash   ubigint   not null,
    set_hash    ubigint   not null
);

-- Which identifiers each set has.
create table identity_marks (
    set_hash  ubigint not null,
    mark_hash ubigint not null
);

-- Derived: whose a node was, from when until when. A node that nothing identified has no row: it is
-- its own visitor. Only sessions count; a session belongs to the period in which it began.
create table visitor_nodes (
    shop_id    varchar   not null,
    node       varchar   not null,
    since      timestamp not null,      -- 0001-01-01 for the first
    until      timestamp not null,      -- 9999-01-01 for the last
    visitor_id varchar   not null,
    node_hash  ubigint   not null
);

-- Derived: the identifiers of every person.
create table visitor_ids (
    shop_id    varchar   not null,
    visitor_id varchar   not null,
    kind       varchar   not null,      -- email, phone, user_id, …
    value      varchar   not null,
    first_at   timestamp not null,
    node_hash  ubigint   not null       -- of a node of that person
);

alter table sessions add column node varchar;
alter table sessions add column node_hash ubigint;
update sessions
set node = visitor_id,
    node_hash = md5_number_lower(shop_id || chr(31) || visitor_id)::ubigint;

alter table order_versions add column node varchar;
update order_versions set node = visitor_id;
