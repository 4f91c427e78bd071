select distinct coalesce(page_key, '') as page_key, coalesce(referrer_key, '') as referrer_key
from arrived
order by page_key, referrer_key;
