-- takes: shop varchar, part varchar, mark varchar, since timestamp, until timestamp
-- What is asked in this transaction holds as of this batch.
delete from settled_days
where shop_id = $shop
  and part = $part
  and since < $until
  and until > $since;

insert into settled_days
select
    $shop as shop_id,
    $part as part,
    $mark as mark,
    $since as since,
    $until as until,
    max(batch) as as_of,
    version() as engine
from batches;
