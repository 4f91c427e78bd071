-- Nodes of the batch that have had several owners.
select count(*)
from homes
where until < timestamp '9999-01-01';
