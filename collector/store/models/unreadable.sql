-- Whether a record of the batch has a version that nobody knows, or lacks what every record has.
select count(*)
from lines
where coalesce(v, 1) <> 1
   or request_id is null
   or received_at is null
   or shop_id is null
   or vendor is null
   or endpoint is null;
