-- What the feeds are answered from (docs/feeds.md). Hashes are of shop and text, as everywhere here.

-- Derived: that somebody viewed a product or put it into a cart in an hour. A node is what the event
-- itself names: its device, else `u:`user, `e:`email, `p:`phone; whose it is, visitor_nodes tells.
create table feed_interest (
    shop_id   varchar   not null,
    hour      timestamp not null,
    kind      varchar   not null,       -- view, add
    item_id   varchar   not null,
    node      varchar   not null,
    node_hash ubigint   not null,
    last_at   timestamp not null        -- the last time within the hour
);

-- Derived: orders that count (of people, not cancelled, with products), and each visitor's order before.
create table feed_orders (
    shop_id    varchar   not null,
    order_key  varchar   not null,
    visitor_id varchar,
    placed_at  timestamp not null,
    items      varchar[] not null,      -- distinct, ascending
    before_key varchar                  -- the same visitor's order before this one
);

-- Derived: which products an order brings together. kind: in (the product itself), together (in the
-- same order), next (`item_id` in the visitor's order before, `other_id` in this one).
create table feed_pairs (
    shop_id    varchar   not null,
    kind       varchar   not null,
    item_id    varchar   not null,
    other_id   varchar   not null,
    order_key  varchar   not null,
    placed_at  timestamp not null,
    pair_hash  ubigint   not null,      -- of shop, kind and item_id
    order_hash ubigint   not null       -- of shop and order_key
);

-- Derived: what events last said of a product. Of one hour the greatest value counts, so that the
-- order in which events arrive does not matter.
create table feed_products (
    shop_id  varchar not null,
    item_id  varchar not null,
    name     struct("hour" timestamp, told varchar),
    page     struct("hour" timestamp, told varchar),
    picture  struct("hour" timestamp, told varchar),
    price    struct("hour" timestamp, told decimal(18, 4), currency varchar)
);
