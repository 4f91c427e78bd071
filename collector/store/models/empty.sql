-- Tables of a batch that some batches have no use for, so that the others may join them.
create or replace temp table repeated (n bigint);

create or replace temp table changed_orders (n bigint);

create or replace temp table dirty_orders (shop_id varchar, order_key varchar);

create or replace temp table batch_items (
    n bigint, line integer, item_id varchar, item_group_id varchar, item_variant varchar, item_name varchar,
    item_brand varchar, item_category varchar, price decimal(18, 4), quantity decimal(18, 4), position integer
);
