-- Tables of a batch that some batches have no use for, so that the others may join them.
create or replace temp table repeated (n bigint);

create or replace temp table changed_orders (n bigint);

create or replace temp table dirty_orders (shop_id varchar, order_key varchar);

create or replace temp table batch_items (
    n bigint, line integer, item_id varchar, item_group_id varchar, item_variant varchar, item_name varchar,
    item_brand varchar, item_category varchar, price decimal(18, 4), quantity decimal(18, 4), position integer
);

create or replace temp table cart_visitors (shop_id varchar, visitor_id varchar, visitor_hash ubigint);

-- Sessions that became another visitor's.
create or replace temp table moved (
    rid bigint, shop_id varchar, node varchar, session_key varchar, old_id varchar, new_id varchar,
    started_at timestamp, ended_at timestamp
);

create or replace temp table closure_nodes (node_hash ubigint);

create or replace temp table dirty_nodes (node_hash ubigint);
