-- What kinds of events the batch has, so that work without rows is not even begun.
select
    bool_or(keyed) as keyed,
    bool_or(items is not null) as items,
    bool_or(recommended_by is not null) as tools,
    bool_or(event in ('purchase', 'order_status', 'refund')) as orders,
    bool_or(event in ('add_to_cart', 'remove_from_cart', 'purchase', 'cart_update')) as carts,
    bool_or(email is not null or phone is not null or user_id is not null or ids is not null or alias is not null) as marks,
    bool_or(endpoint = 'rees46.collect' and seq = 0 and contains(props, '"lost"')) as losses
from arrived;
