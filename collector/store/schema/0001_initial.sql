-- The store's first shape. Times are UTC, amounts DECIMAL with a currency beside them.
-- No PRIMARY KEY on the big tables: duplicates are found by the loader, which is their only writer.

create table positions (
    worker  varchar not null,
    segment bigint  not null,
    "offset" bigint not null
);

create table events (
    shop_id           varchar   not null,
    ts                timestamp not null,
    ts_source         varchar   not null,
    received_at       timestamp not null,
    request_id        uuid      not null,
    seq               integer   not null,
    pointer           varchar,
    event_id          uuid      not null,
    vendor            varchar   not null,
    endpoint          varchar   not null,
    event             varchar   not null,
    custom_name       varchar,
    vendor_event      varchar,
    is_line           boolean   not null,
    order_key         varchar,
    device_id         varchar,
    user_id           varchar,
    email             varchar,
    phone             varchar,
    session_id        varchar,          -- as sent
    page_view_id      varchar,
    account_id        varchar,
    alias             varchar,          -- JSON
    ids               varchar,          -- JSON
    items             varchar,          -- JSON, verbatim; typed rows stand in `items`
    item_list_id      varchar,
    item_list_name    varchar,
    item_list_type    varchar,
    category_id       varchar,
    category_path     varchar,
    search_term       varchar,
    search_found      boolean,
    promotion_id      varchar,
    transaction_id    varchar,
    value             decimal(18, 4),
    currency          varchar,
    tax               decimal(18, 4),
    shipping          decimal(18, 4),
    coupon            varchar,
    payment_type      varchar,
    order_status      varchar,
    cart_id           varchar,
    is_full           boolean   not null,
    location_id       varchar,
    recommended_by    varchar,
    recommended_code  varchar,
    ab_segment        varchar,
    stream            varchar,
    page_url          varchar,
    page_title        varchar,
    referrer          varchar,
    props             varchar,          -- JSON
    notes             varchar[],
    -- written by the loader
    visitor_id        varchar,          -- null where nothing identifies (anonymous rows)
    session_key       varchar,          -- the session this event belongs to; null without a visitor
    bot               boolean   not null,
    browser           varchar,
    os                varchar,
    device_type       varchar,          -- desktop, mobile, tablet, tv, bot, other
    utm_source        varchar,
    utm_medium        varchar,
    utm_campaign      varchar,
    utm_content       varchar,
    utm_term          varchar,
    referrer_host     varchar,
    channel           varchar
);

-- One row an item of an event, in the sender's order.
create table items (
    shop_id          varchar   not null,
    ts               timestamp not null,
    event_id         uuid      not null,
    event            varchar   not null,
    line             integer   not null,
    visitor_id       varchar,
    session_key      varchar,
    bot              boolean   not null,
    item_id          varchar   not null,
    item_group_id    varchar,
    item_variant     varchar,
    item_name        varchar,
    item_brand       varchar,
    item_category    varchar,           -- joined by ' / '
    price            decimal(18, 4),
    quantity         decimal(18, 4),
    currency         varchar,
    recommended_by   varchar,
    recommended_code varchar
);

-- The raw request beside its events.
create table raws (
    request_id   uuid      not null,
    received_at  timestamp not null,
    shop_id      varchar   not null,
    method       varchar   not null,
    path         varchar   not null,
    query        varchar,
    content_type varchar,
    body         varchar,
    body_base64  varchar,
    user_agent   varchar
);

-- Kept and explained, but not counted: quarantined, ignored, duplicate, rejected.
create table refused (
    shop_id     varchar   not null,     -- as claimed; may name no shop
    received_at timestamp not null,
    request_id  uuid      not null,
    seq         integer   not null,
    vendor      varchar   not null,
    endpoint    varchar   not null,
    outcome     varchar   not null,
    codes       varchar[] not null,
    name        varchar,
    pointer     varchar,
    event_id    uuid,
    page_url    varchar
);

-- Derived: sessions. A client's session id that is reused after the gap is several sessions.
create table sessions (
    shop_id       varchar   not null,
    session_key   varchar   not null,
    visitor_id    varchar   not null,
    device_id     varchar,
    session_id    varchar,
    started_at    timestamp not null,
    ended_at      timestamp not null,
    events        integer   not null,
    page_views    integer   not null,
    item_views    integer   not null,
    cart_adds     integer   not null,
    searches      integer   not null,
    purchases     integer   not null,
    landing_url   varchar,
    referrer_host varchar,
    channel       varchar,
    utm_source    varchar,
    utm_medium    varchar,
    utm_campaign  varchar,
    browser       varchar,
    os            varchar,
    device_type   varchar,
    bot           boolean   not null,
    run           integer   not null,   -- which run of this session_id, from 1
    landing_at    timestamp not null,   -- of the event that the landing columns come from
    group_hash    ubigint   not null    -- of shop, visitor and session_id: found faster than three texts
);

-- Derived: every stored version of every order, for ever. Orders and their lines come from here.
create table order_versions (
    shop_id        varchar   not null,
    order_key      varchar   not null,
    event_id       uuid      not null,
    request_id     uuid      not null,
    seq            integer   not null,
    received_at    timestamp not null,
    ts             timestamp not null,
    vendor         varchar   not null,
    surface        varchar   not null,  -- the endpoint
    is_line        boolean   not null,
    transaction_id varchar,
    visitor_id     varchar,
    device_id      varchar,
    user_id        varchar,
    session_key    varchar,
    value          decimal(18, 4),
    currency       varchar,
    shipping       decimal(18, 4),
    tax            decimal(18, 4),
    coupon         varchar,
    payment_type   varchar,
    order_status   varchar,
    items          varchar,             -- JSON
    recommended_by varchar,
    recommended_code varchar,
    bot            boolean   not null,
    event          varchar   not null   -- purchase, order_status
);

-- Derived: one row an order. `revenue` is booked revenue without shipping and tax.
create table orders (
    shop_id        varchar   not null,
    order_key      varchar   not null,
    transaction_id varchar,
    placed_at      timestamp not null,
    updated_at     timestamp not null,
    vendor         varchar   not null,
    visitor_id     varchar,
    device_id      varchar,
    user_id        varchar,
    session_key    varchar,
    revenue        decimal(18, 4) not null,
    value          decimal(18, 4),      -- as sent, with shipping and tax
    lines_total    decimal(18, 4),      -- sum of quantity x price, null where no line has a price
    shipping       decimal(18, 4),
    tax            decimal(18, 4),
    currency       varchar,
    coupon         varchar,
    payment_type   varchar,
    order_status   varchar,
    lines          integer   not null,
    units          decimal(18, 4) not null,
    versions       integer   not null,
    computed       boolean   not null,  -- the total was not sent
    cancelled      boolean   not null,
    event_id       uuid      not null,  -- of the version that counts
    bot            boolean   not null
);

-- Derived: lines of the version that counts; their revenue sums to the order's, to the last digit.
create table order_lines (
    shop_id          varchar   not null,
    order_key        varchar   not null,
    line             integer   not null,
    placed_at        timestamp not null,
    visitor_id       varchar,
    session_key      varchar,
    item_id          varchar   not null,
    item_group_id    varchar,
    item_variant     varchar,
    item_name        varchar,
    quantity         decimal(18, 4) not null,
    price            decimal(18, 4),
    revenue          decimal(18, 4) not null,
    currency         varchar,
    recommended_by   varchar,           -- on the purchase itself: a touch at order time
    recommended_code varchar,
    bot              boolean   not null
);

-- Derived: moments at which a tool helped. kind: impression, click, add, message_click, message_seen (a message that a later event still names).
create table touches (
    shop_id          varchar   not null,
    touch_id         varchar   not null,  -- event id and line
    event_id         uuid      not null,
    ts               timestamp not null,
    visitor_id       varchar   not null,
    session_key      varchar,
    kind             varchar   not null,
    family           varchar   not null,  -- storefront, message
    item_id          varchar,             -- null: a whole block or message
    item_group_id    varchar,
    recommended_by   varchar   not null,
    recommended_code varchar,
    position         integer,
    bot              boolean   not null
);

-- Derived: everything that changes what is in a cart, in the smallest table that can tell it.
create table cart_moves (
    shop_id    varchar   not null,
    visitor_id varchar   not null,
    ts         timestamp not null,
    request_id uuid      not null,
    seq        integer   not null,
    line       integer   not null,      -- -1: the event itself
    event_id   uuid      not null,
    kind       varchar   not null,      -- add, remove, remove_all, snapshot, bought
    item_id    varchar,                 -- null: the whole cart
    quantity   decimal(18, 4) not null,
    visitor_hash ubigint not null       -- of shop and visitor
);

-- Derived: moments after which an item was in a visitor's cart no more.
create table cart_removals (
    shop_id    varchar   not null,
    visitor_id varchar   not null,
    ts         timestamp not null,
    event_id   uuid      not null,
    item_id    varchar                   -- null: the whole cart
);
