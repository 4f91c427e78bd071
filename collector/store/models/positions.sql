-- takes: worker varchar, segment bigint, position bigint
delete from positions where worker = $worker;

insert into positions (worker, segment, "offset") values ($worker, $segment, $position);
