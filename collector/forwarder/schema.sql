-- The ledger of one destination. Times are epoch seconds, days those of the shop's zone.
create table if not exists facts (name text primary key, value text not null) without rowid;

create table if not exists positions (
    worker text primary key, segment integer not null, place integer not null, read_at real not null
) without rowid;

-- What was read and has no outcome yet. One row is one thing to deliver: an event, the lines of an order, or
-- the events of a request that is passed on as it came. `taken` is the request it travels in.
create table if not exists pending (
    number integer primary key,
    lane integer not null,
    visitor text not null,
    ts real not null,
    request_id text not null,
    seq integer not null,
    sources text not null,
    commands text not null,
    losses text not null,
    via text not null,
    leads integer not null,
    bytes integer not null,
    since real not null,
    due_at real not null,
    stale_at real,
    expires_at real not null,
    told integer not null default 0,
    complaints text not null default '{}',
    tries integer not null default 0,
    most integer not null default 0,
    maybe integer not null default 0,
    taken integer
);
create index if not exists pending_in_order on pending (lane, ts, request_id, seq);

-- Orders: lines that wait for each other (`state` held), and orders whose fate is decided.
create table if not exists orders (
    order_key text primary key,
    held text not null,
    due_at real,
    touched_at real not null
) without rowid;
create index if not exists orders_due on orders (due_at) where due_at is not null;

create table if not exists carts (
    visitor text primary key, cart text not null, touched_at real not null
) without rowid;
create index if not exists carts_touched on carts (touched_at);

create table if not exists visits (
    visitor text primary key, session_id text not null, touched_at real not null
) without rowid;

-- Names of products as events told them last.
create table if not exists names (
    item_id text primary key, name text not null, touched_at real not null
) without rowid;

-- What became of each event, and exactly one thing of each: the latest.
create table if not exists outcomes (
    number integer primary key autoincrement,
    event_id text not null unique,
    request_id text not null,
    seq integer not null,
    event text not null,
    order_key text,
    day text not null,
    ts real not null,
    received_at real not null,
    state text not null,
    code text not null,
    losses text not null,
    told text not null,
    tries integer not null,
    maybe integer not null,
    at real not null,
    worker text not null,
    segment integer not null,
    place integer not null
);
create index if not exists outcomes_by_state on outcomes (state, number);
create index if not exists outcomes_by_time on outcomes (at);

-- Counts that stay when outcomes are dropped by age or number.
create table if not exists counts (
    day text not null,
    event text not null,
    state text not null,
    code text not null,
    events integer not null,
    primary key (day, event, state, code)
) without rowid;
create table if not exists losses (
    day text not null,
    event text not null,
    code text not null,
    events integer not null,
    primary key (day, event, code)
) without rowid;
create table if not exists order_values (
    order_key text not null,
    event_id text not null,
    day text not null,
    value text,
    currency text,
    state text not null,
    primary key (order_key, event_id)
) without rowid;
create index if not exists order_values_by_day on order_values (day);
