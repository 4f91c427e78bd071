-- The records of a batch as they stand in the log, one row a record; rowid is their order.
-- takes: path varchar, size bigint
create or replace temp table lines as
select *
from read_json(
    $path,
    format = 'newline_delimited',
    maximum_object_size = $size,
    columns = {
        v: 'integer',
        request_id: 'uuid',
        received_at: 'timestamp',
        shop_id: 'varchar',
        vendor: 'varchar',
        endpoint: 'varchar',
        user_agent: 'varchar',
        raw: 'struct(method varchar, path varchar, "query" varchar, content_type varchar, body varchar, body_base64 varchar)',
        events: 'struct(
            event varchar, event_id varchar, ts timestamp, ts_source varchar, seq integer, pointer varchar,
            custom_name varchar, vendor_event varchar, is_line boolean, order_key varchar,
            device_id varchar, user_id varchar, email varchar, phone varchar, session_id varchar,
            page_view_id varchar, account_id varchar, alias json, ids json, items json,
            item_list_id varchar, item_list_name varchar, item_list_type varchar,
            category_id varchar, category_path varchar, search_term varchar, search_found boolean,
            promotion_id varchar, transaction_id varchar, "value" varchar, currency varchar, tax varchar,
            shipping varchar, coupon varchar, payment_type varchar, order_status varchar, cart_id varchar,
            is_full boolean, location_id varchar, recommended_by varchar, recommended_code varchar,
            ab_segment varchar, stream varchar, page_url varchar, page_title varchar, referrer varchar,
            props json, notes varchar[])[]',
        refused: 'struct(
            seq integer, outcome varchar, codes varchar[], pointer varchar, "name" varchar,
            event struct(event_id uuid, page_url varchar))[]'
    }
);
